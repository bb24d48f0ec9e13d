/** 1 GiB of gRPC each way: all of it arrives, a reader that stops holds up its sender, and the proxy stays small. */
import { afterAll, expect, test } from "bun:test";
import { MESSAGE_BYTES, startStreamServer, streamDown, streamUp } from "../support/grpc-streams.ts";
import { NodePeer } from "../support/node-peer.ts";
import { ProxyProcess } from "../support/proxy-process.ts";

const [client, server] = [new NodePeer(), new NodePeer()];
afterAll(() => Promise.all([client.kill(), server.kill()]));

for (const [direction, stream] of [
  ["to the client", streamDown],
  ["to the server", streamUp],
] as const) {
  test(`1 GiB ${direction}`, async () => {
    const port = await startStreamServer(server);
    await using proxy = await ProxyProcess.start(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, grpc: { service: test.Streams }, targets: ["127.0.0.1:${port}"], protocol: h2 }]
`);
    using _watch = proxy.watchPeak();
    const before = (await proxy.size()).rssBytes;
    const { right, code, sentAhead } = await stream(client, proxy.ports[0]!, MESSAGES);
    expect({ right, code }).toEqual({ right: MESSAGES, code: 0 });
    expect(sentAhead).toBeLessThan(16 << 20);
    // 60 to 115 MiB were seen: parts that wait in HTTP/2 streams are left to the collector.
    expect(proxy.peakBytes - before).toBeLessThan(192 << 20);
  }, 120_000);
}

const MESSAGES = 2 ** 30 / MESSAGE_BYTES;
