/** `portward demo` does what it prints, whatever else runs on this machine. */
import { afterEach, expect, test } from "bun:test";
import { isTaken } from "../../src/cli/demo/free-port.ts";
import { cleanUp, onCleanUp, PORTWARD, readUntil, runToEnd, start } from "./support.ts";

afterEach(cleanUp);

/** What the demo prints, once it has printed all of it. */
function whenDescribed(child: ReturnType<typeof start>): Promise<string> {
  return readUntil(child.stdout, /Ctrl-C stops everything\.\n/);
}

function commandsIn(text: string): string[] {
  const lines = text.split("\n");
  const first = lines.indexOf("Try:") + 1;
  return lines.slice(first, lines.indexOf("", first)).map((line) => line.trim());
}

/** Has the port taken for the rest of the test, by us unless by somebody else. */
function take(port: number): void {
  try {
    const listener = Bun.listen({ hostname: "0.0.0.0", port, socket: { data() {} } });
    onCleanUp(() => listener.stop(true));
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

test("its three commands work as they stand, and Ctrl-C ends it", async () => {
  const child = start([PORTWARD, "demo"]);
  const commands = commandsIn(await whenDescribed(child));
  const results = await Promise.all(commands.map((command) => runToEnd(["sh", "-c", command])));
  expect(results).toEqual([
    { code: 0, out: '{"message":"one"}', err: "" },
    { code: 0, out: '{"message":"two"}', err: "" },
    { code: 0, out: "hello\n", err: "" },
  ]);
  const stoppedAt = performance.now();
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(ENDED_MS);
});

test("ports that are taken are named, and others are used everywhere", async () => {
  for (const port of [3000, 4000, 5000, 4001]) take(port);
  const child = start([PORTWARD, "demo"]);
  const text = await whenDescribed(child);
  for (const port of [3000, 4000, 5000, 4001]) {
    expect(text).toMatch(new RegExp(`^Port ${port} is taken; using \\d+ instead\\.$`, "m"));
    expect(text.slice(text.indexOf("Portward demo"))).not.toContain(`:${port}`);
  }
  const results = await Promise.all(commandsIn(text).map((command) => runToEnd(["sh", "-c", command])));
  expect(results.map(({ out }) => out)).toEqual(['{"message":"one"}', '{"message":"two"}', "hello\n"]);
});

test("a tunnel that stays open does not hold up the end", async () => {
  const child = start([PORTWARD, "demo"]);
  const [, port] = /tcp:\/\/127\.0\.0\.1:(\d+) +proxy/.exec(await whenDescribed(child))!;
  const opened = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(port),
    socket: { data: () => opened.resolve(), error() {} },
  });
  onCleanUp(() => void socket.terminate());
  socket.write("hello\n");
  await opened.promise;
  const stoppedAt = performance.now();
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(ENDED_MS);
});

test("--chaos fails as it is told, and retries hide it", async () => {
  const child = start([PORTWARD, "demo", "--chaos"]);
  const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/bare\/FAULT/.exec(await whenDescribed(child))!;
  const statuses = async (path: string) => {
    const answers = [await fetch(`${origin}${path}`), await fetch(`${origin}${path}`)];
    return answers.map(({ status }) => status).sort();
  };
  expect(await statuses("/bare/reset")).toEqual([200, 502]);
  expect(await statuses("/shielded/reset")).toEqual([200, 200]);
  expect(await statuses("/bare/unavailable")).toEqual([200, 503]);
  expect(await statuses("/shielded/unavailable")).toEqual([200, 200]);
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
});

/** It waits for half a second at most; the rest is for a machine that is busy. */
const ENDED_MS = 6_000;
