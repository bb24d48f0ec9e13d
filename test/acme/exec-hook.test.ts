/** What a program sees, and how little it can do to us. */
import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DnsRecord } from "../../src/acme/dns/dns-hook.ts";
import { ExecHook } from "../../src/acme/dns/exec-hook.ts";
import { eventually } from "../support/eventually.ts";

const RECORD: DnsRecord = {
  record: "_acme-challenge.shop.example",
  value: "-xVb9T2k8m_dR7gQ1fZs0yWcUjLpNaEhI3oKtB5vM6Y",
};

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "portward-hook-"));

  program(...lines: readonly string[]): string {
    const path = join(this.path, "hook");
    writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Why a call fails; null when it does not. */
function failure(hook: ExecHook, record = RECORD): Promise<string | null> {
  return hook.call("present", record).then(
    () => null,
    ({ message }: Error) => message,
  );
}

test("a program gets its arguments as they are, what is to be done in its environment, and no more of ours", async () => {
  using folder = new Folder();
  const program = folder.program(
    `cd ${folder.path}`,
    'printf "%s|" "$@" > arguments',
    "env > variables",
    "ls -l /proc/$$/fd > descriptors",
  );
  using _listener = Bun.listen({ port: 0, hostname: "127.0.0.1", socket: { data() {} } });
  process.env["PORTWARD_TEST_OWN_SECRET"] = "ours";
  const args = ["--zone", "$(touch owned)", "a b;c", ""];
  const hook = new ExecHook([program, ...args], [["API_TOKEN", "theirs"]], 10_000);
  expect(await failure(hook)).toBeNull();
  delete process.env["PORTWARD_TEST_OWN_SECRET"];
  expect(folder.read("arguments")).toBe(`${args.join("|")}|`);
  const variables = folder.read("variables").split("\n");
  for (const each of [
    "PORTWARD_ACTION=present",
    "PORTWARD_FQDN=_acme-challenge.shop.example.",
    `PORTWARD_VALUE=${RECORD.value}`,
    "API_TOKEN=theirs",
  ]) {
    expect(variables).toContain(each);
  }
  expect(variables.join()).not.toContain("ours");
  expect(() => folder.read("owned")).toThrow();
  // Its own standard error.
  expect(folder.read("descriptors").match(/socket:/g)).toHaveLength(1);
});

test("what is configured does not take the place of what is to be done", async () => {
  using folder = new Folder();
  const program = folder.program(`printf %s "$PORTWARD_FQDN" > ${folder.path}/seen`);
  expect(await failure(new ExecHook([program], [["PORTWARD_FQDN", "other."]], 10_000))).toBeNull();
  expect(folder.read("seen")).toBe("_acme-challenge.shop.example.");
});

test("one that fails is told with its last words, without the secrets it was given and fit to be printed", async () => {
  using folder = new Folder();
  const program = folder.program(
    "head -c 3000000 /dev/zero | tr '\\0' x >&2",
    'printf "\\nfirst\\n\\033[31mno access with %s\\n\\n" "$API_TOKEN" >&2',
    "exit 3",
  );
  const why = await failure(new ExecHook([program], [["API_TOKEN", "very-secret"]], 10_000));
  expect(why).toBe(`the program ${program} ended with status 3: ?[31mno access with ***`);
});

test("one that takes too long is killed with all that it has started", async () => {
  using folder = new Folder();
  const program = folder.program("sleep 600 &", `echo $! > ${folder.path}/child`, "wait");
  const why = await failure(new ExecHook([program], [], 300));
  expect(why).toContain("took too long");
  const child = Number(folder.read("child"));
  await eventually(() => !isAlive(child), "the end of what it has started");
});

test("one that leaves something running behind it is not waited for", async () => {
  using folder = new Folder();
  const program = folder.program("sleep 600 &", `echo $! > ${folder.path}/child`);
  expect(await failure(new ExecHook([program], [], 10_000))).toBeNull();
  process.kill(Number(folder.read("child")), "SIGKILL");
});

test("one that is not there, or is no program, is told", async () => {
  using folder = new Folder();
  expect(await failure(new ExecHook([join(folder.path, "none")], [], 1_000))).toContain("cannot be run");
  writeFileSync(join(folder.path, "text"), "x");
  expect(await failure(new ExecHook([join(folder.path, "text")], [], 1_000))).toContain("cannot be run");
});

/** Those that have ended and that nobody has waited for do not count. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
