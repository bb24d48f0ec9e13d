import { expect, test } from "bun:test";
import net from "node:net";
import type { Connection, ConnectionHandler } from "./connection.ts";
import { listen } from "./listen.ts";
import { peerIpv4 } from "./native.ts";

const NOBODY: ConnectionHandler = { onData() {}, onEnd() {}, onBlocked() {}, onDrain() {}, onClose() {} };

for (const [host, from, expected] of [
  ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
  ["127.0.0.1", "127.9.8.255", "127.9.8.255"],
  [null, "127.0.0.3", "127.0.0.3"],
] as const) {
  test(`a peer at ${from} of a listener at ${host ?? "all addresses"} is ${expected}`, async () => {
    const { promise, resolve } = Promise.withResolvers<Connection>();
    const listening = listen({ kind: "tcp", host, port: 0 }, (connection) => {
      resolve(connection);
      return NOBODY;
    });
    if (!listening.ok) throw new Error(listening.error);
    const client = net.connect({ port: listening.value.port!, host: "127.0.0.1", localAddress: from });
    const connection = await promise;
    expect(connection.remoteAddress).toBe(expected);
    client.destroy();
    listening.value.close();
  });
}

test("a descriptor that is no socket has no peer", () => {
  expect(peerIpv4(-1)).toBeNull();
  expect(peerIpv4(0)).toBeNull();
});
