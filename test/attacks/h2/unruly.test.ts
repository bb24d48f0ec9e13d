/** Who has been cut off and comes again is read at a pace; others, and other ways, do not wait for it. */
import { describe, expect, test } from "bun:test";
import { GET, HELLO, headers, ping, SETTINGS_ACK } from "../../h2/frames.ts";
import { certificatePath } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../../support/test-proxy.ts";
import { TlsClient } from "../../support/tls-client.ts";
import { CountingUpstream, H2Peer } from "./h2-peer.ts";

const SMALL = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const CERTIFICATE = `certificates: [{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" }]`;
const SECURE: Readonly<Record<string, string>> = { ":scheme": "https", ":authority": "shop.example" };
const SECURE_GET = GET.map(([name, value]) => [name, SECURE[name] ?? value] as const);
const ELSEWHERE = "127.0.0.2";

function through(upstream: CountingUpstream, clock: FakeClock, settings = "{}"): Promise<TestProxy> {
  const yaml = `
settings: ${settings}
listeners:
  clear: { address: "127.0.0.1:0" }
  secure: { address: "127.0.0.1:0", tls: { ${CERTIFICATE} } }
routes:
  - { listen: [clear, secure], path: /, targets: ["127.0.0.1:${upstream.port}"] }
  - { listen: clear, path: /own, respond: { status: 200, body: ok } }
`;
  return startTestProxy(yaml, { timers: clock.timers });
}

async function flood(port: number): Promise<void> {
  using peer = await H2Peer.connect(port);
  peer.send(ping().repeat(600));
  await peer.goawayCode();
}

async function asked(port: number, from?: string): Promise<H2Peer> {
  const peer = new H2Peer(await RawPeer.connect(port, "127.0.0.1", from));
  peer.send(HELLO + headers(1));
  return peer;
}

async function askedOverTls(port: number): Promise<H2Peer> {
  const { socket } = await TlsClient.connect({ port, ALPNProtocols: ["h2"] });
  const peer = new H2Peer(new RawPeer(socket));
  peer.send(HELLO + headers(1, SECURE_GET));
  return peer;
}

/** Takes as long as the proxy would need to answer over HTTP/2, and longer. */
async function askOverHttp1(port: number): Promise<void> {
  for (let i = 0; i < 20; i++) {
    using peer = await RawPeer.connect(port);
    peer.send("GET /own HTTP/1.1\r\nHost: a.example\r\n\r\n");
    await peer.until(/ok$/);
  }
}

function isAnswered({ described }: H2Peer): boolean {
  return described.includes("data 1 2 end");
}

describe("after a connection was ended for a flood", () => {
  for (const isSecure of [false, true]) {
    test(`the next of its address waits ${isSecure ? "over TLS" : "in the clear"}, and is served then`, async () => {
      using upstream = new CountingUpstream(SMALL);
      const clock = new FakeClock();
      await using proxy = await through(upstream, clock);
      const port = proxy.port(isSecure ? "secure" : "clear");
      await flood(proxy.port("clear"));
      if (isSecure) await floodOverTls(port);
      using next = isSecure ? await askedOverTls(port) : await asked(port);
      await askOverHttp1(proxy.port("clear"));
      expect(isAnswered(next)).toBe(false);
      clock.advance(50);
      await eventually(() => isAnswered(next), "the answer");
    });
  }

  test("other addresses do not wait", async () => {
    using upstream = new CountingUpstream(SMALL);
    const clock = new FakeClock();
    await using proxy = await through(upstream, clock);
    await flood(proxy.port("clear"));
    using other = await asked(proxy.port("clear"), ELSEWHERE);
    await eventually(() => isAnswered(other), "the answer");
  });

  test("nor does a proxy that is trusted, for it stands for many", async () => {
    using upstream = new CountingUpstream(SMALL);
    const clock = new FakeClock();
    await using proxy = await through(upstream, clock, "{ trusted_proxies: [127.0.0.1] }");
    await flood(proxy.port("clear"));
    using next = await asked(proxy.port("clear"));
    await eventually(() => isAnswered(next), "the answer");
  });

  test("who waits when the proxy drains is served at once", async () => {
    using upstream = new CountingUpstream(SMALL);
    const clock = new FakeClock();
    await using proxy = await through(upstream, clock);
    await flood(proxy.port("clear"));
    using next = await asked(proxy.port("clear"));
    await askOverHttp1(proxy.port("clear"));
    await proxy.drain();
    await eventually(() => isAnswered(next), "the answer");
  });
});

test("to leave with a hundred exchanges under way counts as well, with a few it does not", async () => {
  using upstream = new CountingUpstream(null);
  const clock = new FakeClock();
  await using proxy = await through(upstream, clock);
  for (const [count, counts] of [
    [50, false],
    [100, true],
  ] as const) {
    const before = upstream.requests;
    const peer = await H2Peer.connect(proxy.port("clear"));
    peer.send(SETTINGS_ACK + Array.from({ length: count }, (_, i) => headers(2 * i + 1)).join(""));
    await eventually(() => upstream.requests === before + count, "the requests");
    peer.peer.reset();
    await eventually(() => upstream.open === 0, "no exchange left");
    const seen = upstream.requests;
    using next = await asked(proxy.port("clear"));
    await askOverHttp1(proxy.port("clear"));
    expect(upstream.requests > seen).toBe(!counts);
    clock.advance(50);
    await eventually(() => upstream.requests > seen, "the next request");
    expect(next.over).toBe(false);
    next.peer.reset();
    await eventually(() => upstream.open === 0, "its exchange is gone");
  }
});

async function floodOverTls(port: number): Promise<void> {
  const { socket } = await TlsClient.connect({ port, ALPNProtocols: ["h2"] });
  using peer = new H2Peer(new RawPeer(socket));
  peer.send(HELLO + ping().repeat(600));
  await peer.goawayCode();
}
