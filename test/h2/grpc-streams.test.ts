/** Streams of gRPC whose reader stops: the sender stops, too, and all of it arrives later. 1 GiB is in test/interop. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { MESSAGE_BYTES, startStreamServer, streamDown, streamUp } from "../support/grpc-streams.ts";
import { NodePeer } from "../support/node-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const [client, server] = [new NodePeer(), new NodePeer()];
afterEach(() => Promise.all([client.cleanUp(), server.cleanUp()]));
afterAll(() => Promise.all([client.kill(), server.kill()]));

for (const [direction, stream] of [
  ["to the client", streamDown],
  ["to the server", streamUp],
] as const) {
  test(`64 MiB ${direction}`, async () => {
    const port = await startStreamServer(server);
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, grpc: { service: test.Streams }, targets: ["127.0.0.1:${port}"], protocol: h2 }]
`);
    const { right, code, sentAhead } = await stream(client, proxy.port(), MESSAGES);
    expect({ right, code }).toEqual({ right: MESSAGES, code: 0 });
    expect(sentAhead).toBeLessThan(16 << 20);
  }, 60_000);
}

const MESSAGES = 2 ** 26 / MESSAGE_BYTES;
