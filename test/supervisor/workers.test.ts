/** Workers come and go; what they serve stays. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { posix } from "../../src/io/posix.ts";
import { segmentPaths } from "../../src/io/segment/segment-paths.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { isAlive, RunningProgram } from "./running-program.ts";

const SITE = `routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "fine" } }]\n`;
const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/** Keep-alive connections, each answered once. */
async function clients(port: number, count: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i++) {
    const peer = await RawPeer.connect(port);
    await ask(peer);
    peers.push(peer);
  }
  return peers;
}

async function ask(peer: RawPeer): Promise<void> {
  peer.clear();
  peer.send(REQUEST);
  expect(await peer.until(/fine$/)).toStartWith("HTTP/1.1 200 ");
}

describe.skipIf(posix === null)("workers", () => {
  test("one that is killed takes only its own connections with it, and is replaced", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "2"]);
    const [victim, survivor] = program.workers();
    const peers = await clients(program.port, 12);
    program.signal("SIGKILL", victim);
    const died = await program.until("worker_died");
    expect(died).toMatchObject({ level: "error", pid: victim, signal: "SIGKILL", replaced_in_ms: 0 });
    const ready = await program.until("worker_ready");
    expect(ready.worker).toBe(died.worker);
    expect(program.workers().sort()).toEqual([survivor!, ready.pid!].sort());
    const alive = peers.filter((peer) => !peer.ended && !peer.socket.destroyed);
    expect(alive.length).toBeWithin(1, peers.length);
    for (const peer of alive) await ask(peer);
    for (const peer of await clients(program.port, 12)) peer.socket.destroy();
    for (const peer of peers) peer.socket.destroy();
  });

  test("one that is asked to end is replaced first, and finishes what it has", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "1"]);
    const [first] = program.workers();
    const [idle] = await clients(program.port, 1);
    const half = await RawPeer.connect(program.port);
    half.send(REQUEST.slice(0, 20));
    await ask(idle!);
    program.signal("SIGTERM", first);
    const ready = await program.until("worker_ready");
    expect(ready.pid).not.toBe(first);
    await idle!.untilEnd();
    half.send(REQUEST.slice(20));
    expect(await half.until(/fine$/)).toContain("Connection: close");
    for (const peer of [half, idle!]) peer.socket.destroy();
    for (const peer of await clients(program.port, 4)) peer.socket.destroy();
    expect(program.count("worker_died")).toBe(0);
  });

  test("one that hangs is found, and replaced", async () => {
    const site = `settings: { workers: { hang: 1s } }\n${SITE}`;
    await using program = await RunningProgram.start(site, ["--workers", "2"]);
    const [first] = program.workers();
    program.signal("SIGSTOP", first);
    expect(await program.until("worker_hangs")).toMatchObject({
      level: "error",
      pid: first,
      silent_ms: 1_000,
    });
    await program.until("worker_ready");
    for (const peer of await clients(program.port, 8)) peer.socket.destroy();
    expect(program.count("worker_hangs")).toBe(1);
  });

  test("while one is missing another stands in, so that nobody waits", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "2"]);
    for (let times = 1; times <= 5; times++) {
      program.signal("SIGKILL", program.workers().at(-1)!);
      await program.until("worker_died", times);
      if (times < 5) await program.until("worker_ready", times);
    }
    // The fifth is replaced after 800 ms and its start; until then half of these would have stood in its queue.
    for (const peer of await clients(program.port, 10)) peer.socket.destroy();
    expect(program.count("worker_ready")).toBe(4);
    await program.until("worker_ready", 5);
    for (const peer of await clients(program.port, 10)) peer.socket.destroy();
  }, 60_000);

  test("one that dies again and again is replaced more and more slowly", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "1"]);
    const delays: unknown[] = [];
    for (let times = 1; times <= 4; times++) {
      program.signal("SIGKILL", program.workers()[0]);
      delays.push((await program.until("worker_died", times))["replaced_in_ms"]);
      await program.until("worker_ready", times);
    }
    expect(delays).toEqual([0, 100, 200, 400]);
  });

  test("the signals of a terminal do not end them, and they end with the program", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "2"]);
    const workers = program.workers();
    for (const pid of workers) {
      for (const signal of ["SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const) program.signal(signal, pid);
    }
    for (const peer of await clients(program.port, 4)) peer.socket.destroy();
    program.signal("SIGTERM");
    expect(await program.exited).toBe(0);
    expect(workers.some(isAlive)).toBe(false);
    expect(program.count("worker_died")).toBe(0);
  });
});

test.skipIf(posix === null)("nothing of an instance is left when it has ended", async () => {
  await using program = await RunningProgram.start(SITE, ["--workers", "2"]);
  const folder = join(program.folder, "portward");
  const [name] = readdirSync(folder);
  const directory = join(folder, name!);
  expect(readdirSync(directory).length).toBe(6);
  expect(segmentPaths(directory).some(existsSync)).toBe(true);
  program.signal("SIGTERM");
  expect(await program.exited).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(segmentPaths(directory).some(existsSync)).toBe(false);
});
