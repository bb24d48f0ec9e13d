/** WebSockets over HTTP/2 with HAProxy as the client that opens them, as the target that takes them, and as both. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { Scene } from "./scene.ts";
import { startHaproxy } from "./servers/haproxy.ts";

const node = new NodePeer();
let scene: Scene;
let echoPort: number;

beforeAll(async () => {
  scene = await Scene.open();
  echoPort = await node.run(({ http, WebSocketServer, listen, tell }) => {
    const server = http.createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, request) => {
      socket.send(String(request.headers.via));
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on("close", (code) => tell(code));
    });
    return listen(server);
  }, null);
});
afterAll(async () => {
  await node.kill();
  await scene[Symbol.asyncDispose]();
});

function talk(port: number): Promise<string[]> {
  return node.run(async ({ WebSocket, once, bytes }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    const [via] = (await once(socket, "message")) as [Buffer];
    const seen = [via.toString()];
    for (const length of [1, 100_000, 3_000_000]) {
      const sent = bytes(length, 1);
      socket.send(sent);
      const [back] = (await once(socket, "message")) as [Buffer];
      seen.push(back.equals(sent) ? String(length) : "other bytes");
    }
    socket.close(4000);
    await once(socket, "close");
    return seen;
  }, port);
}

for (const [name, asClient, asTarget] of [
  ["client", true, false],
  ["target", false, true],
  ["client and target", true, true],
] as const) {
  test(`HAProxy as ${name}`, async () => {
    const target = asTarget ? await startHaproxy(scene, echoPort, { bind: "proto h2" }) : echoPort;
    await using proxy = await startTestProxy(`
settings: { trusted_proxies: [127.0.0.1] }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${target}"], protocol: ${asTarget ? "h2" : "http1"} }]
`);
    const port = proxy.port();
    const front = asClient ? await startHaproxy(scene, port, { server: "proto h2 ws h2" }) : port;
    expect(await talk(front)).toEqual([`${asClient ? "2.0" : "1.1"} portward`, "1", "100000", "3000000"]);
    expect(await node.told()).toBe(4000);
    expect(proxy.failures).toEqual([]);
  });
}
