/**
 * `bin/bun` and `bin/portward`: they find the right binary wherever npm put it, and then *are* it.
 */
import { afterEach, expect, test } from "bun:test";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cleanUp, ROOT, runToEnd, start, temporaryFolder, writeFile } from "./support.ts";

const BUN = join(ROOT, "bin/bun");

afterEach(cleanUp);

test("bin/bun becomes Bun: same process, no shell in between", async () => {
  const child = start([BUN, "-e", "console.log(process.pid); process.exitCode = 7"]);
  expect(Number(await new Response(child.stdout).text())).toBe(child.pid);
  expect(await child.exited).toBe(7);
});

/** A copy of bin/bun in a tree where each named package holds a binary that says its own name. */
function fakeInstallation(packages: readonly string[], root: string, nodeModules: string): string {
  mkdirSync(root, { recursive: true });
  cpSync(join(ROOT, "bin"), join(root, "bin"), { recursive: true });
  for (const name of packages) {
    writeFile(join(nodeModules, "@oven", name, "bin/bun"), `#!/bin/sh\necho "${name} $*"\n`, 0o755);
  }
  return join(root, "bin/bun");
}

/** The environment of another machine: what `uname -sm` and `ldd --version` say there. */
function machine(uname: string, ldd = "ldd (GNU libc) 2.36"): Record<string, string> {
  const folder = temporaryFolder();
  writeFile(join(folder, "uname"), `#!/bin/sh\necho "${uname}"\n`, 0o755);
  writeFile(join(folder, "ldd"), `#!/bin/sh\necho "${ldd}" >&2\n`, 0o755);
  const { PATH } = process.env;
  return { PATH: `${folder}${delimiter}${PATH}` };
}

const MUSL = "musl libc (x86_64)";
const PLATFORMS: readonly { uname: string; ldd?: string; installed: string[]; expected: string }[] = [
  { uname: "Linux x86_64", installed: ["bun-linux-x64"], expected: "bun-linux-x64" },
  { uname: "Linux x86_64", ldd: MUSL, installed: ["bun-linux-x64-musl"], expected: "bun-linux-x64-musl" },
  {
    uname: "Linux x86_64",
    ldd: MUSL,
    installed: ["bun-linux-x64", "bun-linux-x64-musl"],
    expected: "bun-linux-x64-musl",
  },
  { uname: "Linux x86_64", installed: ["bun-linux-x64", "bun-linux-x64-musl"], expected: "bun-linux-x64" },
  { uname: "Linux aarch64", installed: ["bun-linux-aarch64"], expected: "bun-linux-aarch64" },
  {
    uname: "Linux aarch64",
    ldd: MUSL,
    installed: ["bun-linux-aarch64-musl"],
    expected: "bun-linux-aarch64-musl",
  },
  { uname: "Darwin arm64", installed: ["bun-darwin-aarch64"], expected: "bun-darwin-aarch64" },
  { uname: "Darwin x86_64", installed: ["bun-darwin-x64"], expected: "bun-darwin-x64" },
  { uname: "Darwin x86_64", installed: ["bun-darwin-aarch64"], expected: "bun-darwin-aarch64" },
];

for (const { uname, ldd, installed, expected } of PLATFORMS) {
  test(`takes ${expected} on ${uname}${ldd === MUSL ? " with musl" : ""} out of ${installed.join(", ")}`, async () => {
    const root = join(temporaryFolder(), "portward");
    const bun = fakeInstallation(installed, root, join(root, "node_modules"));
    const { out, code } = await runToEnd([bun, "a b"], { env: machine(uname, ldd) });
    expect(out).toBe(`${expected} a b\n`);
    expect(code).toBe(0);
  });
}

test("says what is missing, and what to do, where no binary fits", async () => {
  const root = join(temporaryFolder(), "portward");
  const bun = fakeInstallation(["bun-linux-x64"], root, join(root, "node_modules"));
  const { code, err } = await runToEnd([bun], { env: machine("SunOS sun4v") });
  expect(code).toBe(70);
  expect(err).toStartWith(`portward: no Bun binary for SunOS sun4v under ${root}/node_modules/@oven.\n`);
  expect(err).toContain("npm ci");
});

const PLACES: readonly { name: string; root: string; nodeModules: string }[] = [
  { name: "its own node_modules", root: "portward", nodeModules: "portward/node_modules" },
  { name: "beside it, as a dependency", root: "app/node_modules/portward", nodeModules: "app/node_modules" },
  {
    name: "further up, hoisted out of a workspace",
    root: "top/packages/app/node_modules/portward",
    nodeModules: "top/node_modules",
  },
];

for (const { name, root, nodeModules } of PLACES) {
  test(`finds Bun in ${name}`, async () => {
    const folder = temporaryFolder();
    const bun = fakeInstallation(["bun-linux-x64"], join(folder, root), join(folder, nodeModules));
    const { out } = await runToEnd([bun], { env: machine("Linux x86_64") });
    expect(out).toBe("bun-linux-x64 \n");
  });
}

test("follows links to itself, relative and absolute, and a linked folder", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "store/portward");
  const bun = fakeInstallation(["bun-linux-x64"], root, join(folder, "store/node_modules"));
  mkdirSync(join(folder, "app/node_modules/.bin"), { recursive: true });
  symlinkSync("../../store/portward", join(folder, "app/node_modules/portward"));
  symlinkSync("../portward/bin/bun", join(folder, "app/node_modules/.bin/relative"));
  symlinkSync(bun, join(folder, "app/node_modules/.bin/absolute"));
  symlinkSync("absolute", join(folder, "app/node_modules/.bin/link to a link"));
  const env = machine("Linux x86_64");
  for (const link of ["relative", "absolute", "link to a link"]) {
    const { out, err } = await runToEnd([join(folder, "app/node_modules/.bin", link)], { env });
    expect(err).toBe("");
    expect(out).toBe("bun-linux-x64 \n");
  }
});

test("is not led astray by CDPATH", async () => {
  const folder = temporaryFolder();
  const bun = fakeInstallation(["bun-linux-x64"], join(folder, "here"), join(folder, "here/node_modules"));
  mkdirSync(join(folder, "elsewhere/bin"), { recursive: true });
  const env = { ...machine("Linux x86_64"), CDPATH: join(folder, "elsewhere") };
  const { out } = await runToEnd(["sh", "bin/bun"], { cwd: dirname(dirname(bun)), env });
  expect(out).toBe("bun-linux-x64 \n");
});
