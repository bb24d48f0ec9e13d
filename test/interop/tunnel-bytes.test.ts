/**
 * Every byte of 1 GiB in both directions at once, each compared with what was sent, and each direction ended on
 * its own: the side that has finished sending still receives.
 */
import { expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Scene } from "./scene.ts";
import { startPortward } from "./servers/portward.ts";

const TOTAL_BYTES = 2 ** 30;

test("1 GiB each way at the same time arrives byte for byte", async () => {
  await using scene = await Scene.open();
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, accepted.resolve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const proxy = await startPortward(
      scene,
      `
listeners: { tunnel: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: tunnel, targets: ["127.0.0.1:${portOf(server)}"] }]
`,
    );
    const client = connect({ port: proxy.port("tunnel"), host: "127.0.0.1", allowHalfOpen: true });
    const upstream = await accepted.promise;
    const [fromClient, fromUpstream] = await Promise.all([
      receive(upstream, seeded(1)),
      receive(client, seeded(2)),
      send(client, seeded(1)),
      send(upstream, seeded(2)),
    ]);
    expect(fromClient).toBe(TOTAL_BYTES);
    expect(fromUpstream).toBe(TOTAL_BYTES);
  } finally {
    server.close();
  }
});

/** An odd length: no block of it starts where a buffer of anybody's does. */
const BLOCK_BYTES = 1_000_003;

function seeded(seed: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let state = seed;
  for (let i = 0; i < block.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    block[i] = state >>> 24;
  }
  return block;
}

async function send(socket: Socket, block: Buffer): Promise<void> {
  for (let sent = 0; sent < TOTAL_BYTES; ) {
    const part = block.subarray(0, Math.min(block.length, TOTAL_BYTES - sent));
    sent += part.length;
    if (!socket.write(part)) await new Promise<void>((resolve) => socket.once("drain", resolve));
  }
  socket.end();
}

/** Yields how many bytes came before the end; rejects at the first byte that is not the expected one. */
function receive(socket: Socket, block: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let received = 0;
  socket.on("data", (chunk: Buffer) => {
    if (!matches(chunk, block, received)) {
      reject(new Error(`other bytes after ${received}`));
      socket.destroy();
    }
    received += chunk.length;
  });
  socket.on("end", () => resolve(received));
  socket.on("error", reject);
  return promise;
}

function matches(chunk: Buffer, block: Buffer, position: number): boolean {
  for (let done = 0; done < chunk.length; ) {
    const start = (position + done) % block.length;
    const length = Math.min(chunk.length - done, block.length - start);
    if (chunk.compare(block, start, start + length, done, done + length) !== 0) return false;
    done += length;
  }
  return true;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return address.port;
}
