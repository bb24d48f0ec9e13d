/** A supervisor comes after another, which was killed or is relieved, and no client notices. */
import { describe, expect, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { isAlive, RunningProgram } from "./running-program.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const site = (body: string) => `routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "${body}" } }]\n`;

/** Asks again and again on new connections; nothing but answers of 200 is taken. */
class Asking {
  readonly bodies: string[] = [];
  readonly faults: unknown[] = [];
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor(port: number, loops = 4) {
    this.#loops = Array.from({ length: loops }, () => this.#ask(port));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #ask(port: number): Promise<void> {
    while (!this.#stopped) {
      const answer = await ask(port).catch((error: unknown) => this.faults.push(error));
      if (typeof answer === "string") this.bodies.push(answer);
    }
  }
}

async function ask(port: number): Promise<string> {
  const peer = await RawPeer.connect(port);
  peer.send(REQUEST);
  const answer = await peer.until(/\r\n\r\n./);
  peer.socket.destroy();
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(answer);
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

describe.skipIf(posix === null)("a supervisor", () => {
  test("that is killed leaves its workers serving, and the next one takes their place", async () => {
    await using program = await RunningProgram.start(site("one"), ["--workers", "2"]);
    const { port } = program;
    const orphans = program.workers();
    const kept = await RawPeer.connect(port);
    program.signal("SIGKILL");
    await program.until("supervisor_gone", 2);
    const asking = new Asking(port);
    await eventually(() => asking.bodies.length > 20, "answers of orphans");
    await program.configure(site("two"));
    await program.launch(["--workers", "2"]);
    const tookOver = await program.until("took_over");
    expect(tookOver).toMatchObject({ role: "worker" });
    expect([...(tookOver["from"] as number[])].sort()).toEqual([...orphans].sort());
    expect(program.port).toBe(port);
    await eventually(() => orphans.every((pid) => !isAlive(pid)), "the orphans have ended");
    const before = asking.bodies.length;
    await eventually(() => asking.bodies.length > before + 20, "answers of the next");
    await asking.stop();
    expect(asking.faults).toEqual([]);
    expect(asking.bodies[0]).toBe("one");
    expect(asking.bodies.slice(before).every((body) => body === "two")).toBe(true);
    await kept.untilEnd();
    kept.socket.destroy();
  });

  for (const [before, after] of [
    [1, 3],
    [3, 1],
  ] as const) {
    test(`is relieved by --replace, with ${after} workers after ${before}`, async () => {
      await using program = await RunningProgram.start(site("one"), ["--workers", `${before}`]);
      const { port, pid } = program;
      const { exited } = program;
      const asking = new Asking(port);
      await program.configure(site("two"));
      await program.launch(["--workers", `${after}`, "--replace"]);
      expect(await program.until("handed_over")).toMatchObject({ to: program.pid });
      expect(await program.until("took_over")).toMatchObject({ role: "supervisor", from: [pid] });
      expect(await exited).toBe(0);
      expect(program.port).toBe(port);
      const seen = asking.bodies.length;
      await eventually(() => asking.bodies.length > seen + 20, "answers of the next");
      await asking.stop();
      expect(asking.faults).toEqual([]);
      expect(asking.bodies.slice(seen).every((body) => body === "two")).toBe(true);
    });
  }

  test("starts its own successor on SIGUSR2, again and again", async () => {
    await using program = await RunningProgram.start(site("one"), ["--workers", "2"]);
    const { port, pid, exited } = program;
    const asking = new Asking(port);
    program.signal("SIGUSR2");
    const first = await program.until("took_over");
    expect(first["from"]).toEqual([pid]);
    expect(await exited).toBe(0);
    const second = program.last("ready").pid!;
    program.signal("SIGUSR2", second);
    expect((await program.until("took_over", 2))["from"]).toEqual([second]);
    await eventually(() => !isAlive(second), "the second has ended");
    await asking.stop();
    expect(asking.faults).toEqual([]);
    expect(await ask(port)).toBe("one");
    program.signal("SIGTERM", program.last("ready").pid!);
    await eventually(() => !isAlive(program.last("ready").pid!), "the third has ended");
    expect(program.count("upgrade_failed")).toBe(0);
  });

  test("whose successor cannot start goes on", async () => {
    await using program = await RunningProgram.start(site("one"), ["--workers", "1"]);
    const { port, pid } = program;
    await program.configure(`settings: { access_log: /nowhere/at/all.log }\n${site("two")}`);
    await program.tryLaunch(["--replace"]);
    expect(program.lines.at(-1)!.event).toContain("error[access_log.open]");
    expect(isAlive(pid)).toBe(true);
    expect(await ask(port)).toBe("one");
  });

  test("is not disturbed by a second one without --replace", async () => {
    await using program = await RunningProgram.start(site("one"), ["--workers", "1"]);
    const { port, pid } = program;
    await program.launch(["--workers", "1"]);
    expect(program.last("instance_runs_already")).toMatchObject({ level: "warn", pid });
    expect(program.port).not.toBe(port);
    expect(await ask(port)).toBe("one");
    expect(isAlive(pid)).toBe(true);
  });
});
