/** A Redis session through a TCP route, driven by Redis's own client. */
import { expect, test } from "bun:test";
import { Scene } from "./scene.ts";
import { startPortward } from "./servers/portward.ts";
import { redisCli, startRedis } from "./servers/redis.ts";

async function redisThroughTunnel(scene: Scene): Promise<number> {
  const redis = await startRedis(scene);
  const proxy = await startPortward(
    scene,
    `
listeners: { redis: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: redis, targets: ["127.0.0.1:${redis}"] }]
`,
  );
  return proxy.port("redis");
}

test("commands one by one", async () => {
  await using scene = await Scene.open();
  const cli = redisCli(await redisThroughTunnel(scene));
  expect(await scene.run([...cli, "PING"])).toBe("PONG\n");
  expect(await scene.run([...cli, "SET", "greeting", "hello"])).toBe("OK\n");
  expect(await scene.run([...cli, "GET", "greeting"])).toBe("hello\n");
});

test("100,000 commands in one pipeline", async () => {
  await using scene = await Scene.open();
  const cli = redisCli(await redisThroughTunnel(scene));
  const commands = Array.from({ length: 100_000 }, (_, i) => `SET key:${i} value-${i}\r\n`);
  const file = scene.path("commands.txt");
  await Bun.write(file, commands.join(""));
  expect(await scene.run([...cli, "--pipe"], { stdin: file })).toContain("errors: 0, replies: 100000");
  expect(await scene.run([...cli, "DBSIZE"])).toBe("100000\n");
  expect(await scene.run([...cli, "GET", "key:99999"])).toBe("value-99999\n");
});

test("a value of 64 MiB, there and back", async () => {
  await using scene = await Scene.open();
  const cli = redisCli(await redisThroughTunnel(scene));
  const value = new Uint8Array(64 << 20);
  for (let i = 0; i < value.length; i += 65_536) crypto.getRandomValues(value.subarray(i, i + 65_536));
  const file = scene.path("value");
  await Bun.write(file, value);
  expect(await scene.run([...cli, "-x", "SET", "big"], { stdin: file })).toBe("OK\n");
  const copy = scene.path("copy");
  await scene.run(["sh", "-c", '"$@" >"$0"', copy, ...cli, "--raw", "GET", "big"]);
  const received = await Bun.file(copy).bytes();
  // The client ends its output with a line feed of its own.
  expect(received.length).toBe(value.length + 1);
  expect(Buffer.compare(received.subarray(0, -1), value)).toBe(0);
});

test("a subscriber gets what others publish", async () => {
  await using scene = await Scene.open();
  const cli = redisCli(await redisThroughTunnel(scene));
  const subscriber = scene.start("subscriber", ["stdbuf", "-oL", ...cli, "SUBSCRIBE", "news"]);
  const lines = subscriber.stdout.getReader();
  await readUntil(lines, "subscribe\nnews\n1\n");
  for (const message of ["one", "two", "three"]) {
    expect(await scene.run([...cli, "PUBLISH", "news", message])).toBe("1\n");
    await readUntil(lines, `message\nnews\n${message}\n`);
  }
});

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

async function readUntil(reader: Reader, end: string): Promise<void> {
  const decoder = new TextDecoder();
  for (let seen = ""; !seen.endsWith(end); ) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the output ended with: ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
}
