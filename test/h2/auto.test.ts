/** `protocol: auto`: what a target with TLS chooses by ALPN is spoken to it, and remembered. */
import { describe, expect, test } from "bun:test";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { certificatePath, pem } from "../support/certificates.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const ROOT = certificatePath("root.crt");
const IDENTITY = { cert: pem("shop-chain.crt"), key: pem("shop.key") };

interface Target extends Disposable {
  readonly port: number;
  readonly connections: number;
}

/** Says which version and scheme it was spoken to in. */
async function target(kind: "h2" | "http1"): Promise<Target> {
  let connections = 0;
  const answer = (
    request: { httpVersion: string; headers: object },
    response: { end(text: string): void },
  ) => {
    const scheme = (request.headers as Record<string, string>)[":scheme"] ?? "-";
    response.end(`${request.httpVersion} ${scheme}`);
  };
  const server =
    kind === "h2"
      ? http2.createSecureServer(IDENTITY, answer as never)
      : https.createServer(IDENTITY, answer as never);
  server.on("secureConnection", () => {
    connections++;
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    [Symbol.dispose]: () => void server.close(),
  };
}

function through(address: string): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: ["${address}"], protocol: auto, tls: { ca: "${ROOT}", server_name: shop.example } } }
routes: [{ listen: web, path: /, upstream: api }]
`);
}

async function get(port: number): Promise<string> {
  using peer = await RawPeer.connect(port);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  return (await peer.untilEnd()).split("\r\n\r\n")[1]!;
}

describe("a target with TLS", () => {
  for (const [kind, said] of [
    ["h2", "2.0 https"],
    ["http1", "1.1 -"],
  ] as const) {
    test(`that chooses ${kind} is spoken to so, from the first request on`, async () => {
      using upstream = await target(kind);
      await using proxy = await through(`https://127.0.0.1:${upstream.port}`);
      const answers = await Promise.all(Array.from({ length: 5 }, () => get(proxy.port())));
      for (const answer of answers) expect(answer).toContain(said);
      expect(await get(proxy.port())).toContain(said);
      expect(upstream.connections).toBeLessThanOrEqual(kind === "h2" ? 1 : 5);
      await proxy.quiet();
    });
  }
});

test("nobody listens: all who wait are told", async () => {
  await using proxy = await through("https://127.0.0.1:1");
  const answers = await Promise.all(Array.from({ length: 3 }, () => get(proxy.port())));
  for (const answer of answers) expect(answer).toContain("upstream.refused");
  await proxy.quiet();
});
