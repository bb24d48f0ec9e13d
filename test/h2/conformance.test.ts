/**
 * Conformance, end to end: every row on a listener in cleartext and on one with TLS, answered by the proxy itself and by
 * targets of either version; and every row of a misbehaving target, over cleartext and TLS.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { PREFACE } from "../../src/protocol/h2/frame.ts";
import { certificatePath, pem } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { CLIENT_CASES } from "./conformance-client.cases.ts";
import { type ConformanceCase, SERVER_CASES } from "./conformance-server.cases.ts";
import { describeFrame, HELLO, ping, readFrames } from "./frames.ts";
import { H2Upstream } from "./scripted-h2-upstream.ts";

const TARGET_TLS = { cert: pem("shop-chain.crt"), key: pem("shop.key"), ALPNProtocols: ["h2"] };
const TRUST = `tls: { ca: "${certificatePath("root.crt")}", server_name: shop.example }`;
const LISTENERS = ["cleartext", "secure"] as const;
const ANSWERS = ["itself", "target"] as const;

async function connect(proxy: TestProxy, listener: string): Promise<RawPeer> {
  const port = proxy.port(listener);
  if (!listener.startsWith("secure")) return RawPeer.connect(port);
  const options = { ca: pem("root.crt"), servername: "shop.example", ALPNProtocols: ["h2"] };
  const socket = tls.connect({ host: "127.0.0.1", port, ...options });
  await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  return new RawPeer(socket);
}

/** @param begin where the frames begin in what the peer has received */
async function walk(peer: RawPeer, { steps, expected, ends }: ConformanceCase, begin = 0): Promise<void> {
  const described = (): string[] => readFrames(peer.received.slice(begin)).map(describeFrame);
  const saw = (pattern: RegExp): Promise<void> =>
    eventually(() => described().some((each) => pattern.test(each)), `${pattern}`).catch(() => {
      throw new Error(`no ${pattern} among [${described().join(", ")}]`);
    });
  for (const step of steps) {
    if (typeof step === "string") peer.send(step);
    else await saw(step);
  }
  await saw(expected);
  if (ends) await peer.untilEnd();
  else await stillServes(peer, described);
}

async function stillServes(peer: RawPeer, described: () => string[]): Promise<void> {
  const pongs = (): number => described().filter((each) => each === "ping ack").length;
  const before = pongs();
  peer.send(ping("still on"));
  await eventually(() => pongs() > before, `an answer to PING among [${described().join(", ")}]`);
}

describe("as a server", () => {
  let target: Server;
  let proxy: TestProxy;
  beforeAll(async () => {
    // Before it has seen more than the head of the request.
    target = createServer((request, response) => response.end("a small answer", () => request.resume()));
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const { port } = target.address() as AddressInfo;
    const certificates = `certificates: [{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" }]`;
    proxy = await startTestProxy(`
listeners:
  cleartext-itself: { address: "127.0.0.1:0" }
  cleartext-target: { address: "127.0.0.1:0" }
  secure-itself: { address: "127.0.0.1:0", tls: { ${certificates} } }
  secure-target: { address: "127.0.0.1:0", tls: { ${certificates} } }
routes:
  - { listen: [cleartext-itself, secure-itself], path: /, respond: { status: 200, body: "a small answer" } }
  - { listen: [cleartext-target, secure-target], path: /, targets: ["127.0.0.1:${port}"] }
`);
  });
  afterEach(() => {
    expect(proxy.events.filter(({ event }) => event === "internal")).toEqual([]);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    target.closeAllConnections();
    target.close();
  });

  for (const row of SERVER_CASES) {
    test(row.name, async () => {
      for (const listener of LISTENERS.flatMap((how) => ANSWERS.map((who) => `${how}-${who}`))) {
        using peer = await connect(proxy, listener);
        peer.send(HELLO);
        await walk(peer, row).catch((error: Error) => {
          throw new Error(`${listener}: ${error.message}`);
        });
      }
    });
  }

  test("3.4: over TLS, what is no preface ends with PROTOCOL_ERROR", async () => {
    using peer = await connect(proxy, "secure-itself");
    peer.send("NOT THE PREFACE\r\n\r\n");
    await peer.untilEnd();
    expect(readFrames(peer.received).map(describeFrame)).toContain("goaway 0 1");
  });

  test("3.4: in cleartext, what is neither that nor HTTP/1.1 is closed without a word", async () => {
    using peer = await connect(proxy, "cleartext-itself");
    peer.send("NOT THE PREFACE\r\n\r\n");
    expect(await peer.untilEnd()).toBe("");
    expect(proxy.records.at(-1)!.error?.rule).toBe("notHttp");
  });
});

describe("as a client", () => {
  for (const [how, secure] of Object.entries({ cleartext: null, TLS: TARGET_TLS })) {
    describe(how, () => {
      for (const row of CLIENT_CASES) {
        test(row.name, async () => {
          await using upstream = await H2Upstream.start(secure);
          await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  odd:
    protocol: h2
    targets: ["${secure === null ? "" : "https://"}${upstream.target}"]
    ${secure === null ? "" : TRUST}
routes: [{ listen: web, path: /, upstream: odd }]
`);
          using client = await RawPeer.connect(proxy.port());
          client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
          const target = await upstream.accept();
          await target.request(1);
          await walk(target.peer, row, PREFACE.length);
          expect(proxy.events.filter(({ event }) => event === "internal")).toEqual([]);
        });
      }
    });
  }
});
