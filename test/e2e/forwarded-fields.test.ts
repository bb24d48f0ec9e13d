/** What upstreams are told of the client, what of the client's own words is believed, and what ends at this hop. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, askOnce, EchoUpstream, fieldOf } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo } from "../support/test-proxy.ts";

let upstream: EchoUpstream;
beforeAll(async () => {
  upstream = await EchoUpstream.start("a");
});
afterAll(() => upstream[Symbol.asyncDispose]());

const TRUSTED = '{ trusted_proxies: ["127.0.0.0/8"] }';
const MADE_ID = /^[0-9a-f]{32}$/;
/** A client that claims to be somebody else, in all the ways that upstreams listen to. */
const CLAIMS = [
  "X-Forwarded-For: 6.6.6.6, 7.7.7.7",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: bank.example",
  "X-Forwarded-Port: 443",
  "X-Forwarded-Server: s",
  "X-Real-IP: 6.6.6.6",
  "Forwarded: for=6.6.6.6;proto=https",
  "X-Request-Id: mine-1",
];

async function echoOf(settings: string, ...lines: string[]) {
  await using proxy = await proxyTo(upstream.target, settings);
  const { echo } = await askOnce(proxy.port(), "GET / HTTP/1.1", ...lines);
  return (name: string) => fieldOf(echo, name);
}

describe("the client's identity", () => {
  test("is told to the upstream, beside the Host that the client sent", async () => {
    const field = await echoOf("{}", "Host: Shop.example:8080");
    expect(field("host")).toBe("Shop.example:8080");
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
    expect(field("x-forwarded-proto")).toBe("http");
    expect(field("x-forwarded-host")).toBe("Shop.example:8080");
    expect(field("x-request-id")).toMatch(MADE_ID);
    expect(field("via")).toBe("1.1 portward");
    expect(field("forwarded")).toBeUndefined();
  });

  test("is not the client's to claim: what it says of itself is replaced or dropped", async () => {
    const field = await echoOf("{}", "Host: h", ...CLAIMS);
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
    expect(field("x-forwarded-proto")).toBe("http");
    expect(field("x-forwarded-host")).toBe("h");
    expect(field("x-request-id")).toMatch(MADE_ID);
    for (const name of ["x-forwarded-port", "x-forwarded-server", "x-real-ip", "forwarded"])
      expect(field(name)).toBeUndefined();
  });

  test("nor by spellings that a CGI-style upstream would read as the same", async () => {
    const aliases = CLAIMS.map((line) => line.replace(/^[^:]*/, (name) => name.replaceAll("-", "_")));
    const field = await echoOf("{}", "Host: h", ...aliases.filter((line) => line.includes("_")));
    for (const name of [
      "x_forwarded_for",
      "x_forwarded_proto",
      "x_forwarded_host",
      "x_real_ip",
      "x_request_id",
    ])
      expect(field(name)).toBeUndefined();
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
  });

  test("nor by naming the true fields in Connection", async () => {
    const named = "Connection: X-Forwarded-For, X-Forwarded-Proto, X-Request-Id, Host, Cookie";
    const field = await echoOf("{}", "Host: h", named, "Cookie: a=1");
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
    expect(field("x-forwarded-proto")).toBe("http");
    expect(field("x-request-id")).toMatch(MADE_ID);
    expect(field("host")).toBe("h");
    expect(field("cookie")).toBeUndefined();
  });

  test("is believed from a trusted proxy, which is added to the chain", async () => {
    const field = await echoOf(TRUSTED, "Host: h", ...CLAIMS);
    expect(field("x-forwarded-for")).toBe("6.6.6.6, 7.7.7.7, 127.0.0.1");
    expect(field("x-forwarded-proto")).toBe("https");
    expect(field("x-forwarded-host")).toBe("bank.example");
    expect(field("x-forwarded-port")).toBe("443");
    expect(field("x-real-ip")).toBe("6.6.6.6");
    expect(field("x-request-id")).toBe("mine-1");
    expect(field("forwarded")).toBe("for=6.6.6.6;proto=https");
  });

  test("a trusted proxy that says nothing is itself the client", async () => {
    const field = await echoOf(TRUSTED, "Host: h");
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
    expect(field("x-forwarded-proto")).toBe("http");
    expect(field("x-forwarded-host")).toBe("h");
    expect(field("x-request-id")).toMatch(MADE_ID);
  });

  test("several lines of a trusted proxy's chain become one, in order", async () => {
    const field = await echoOf(
      TRUSTED,
      "Host: h",
      "X-Forwarded-For: 1.1.1.1",
      "A: b",
      "X-Forwarded-For: 2.2.2.2",
    );
    expect(field("x-forwarded-for")).toBe("1.1.1.1, 2.2.2.2, 127.0.0.1");
  });

  test("trust goes by network: another one is not believed", async () => {
    const field = await echoOf('{ trusted_proxies: ["10.0.0.0/8", "::1"] }', "Host: h", ...CLAIMS);
    expect(field("x-forwarded-for")).toBe("127.0.0.1");
  });
});

describe("request ids", () => {
  for (const [id, isKept] of [
    ["abc-DEF_1.2:3/4+5=", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["a b", false],
    ['a"b', false],
    ["", false],
  ] as const) {
    test(`'${id.slice(0, 20)}' (${id.length} bytes) of a trusted proxy is ${isKept ? "kept" : "replaced"}`, async () => {
      const field = await echoOf(TRUSTED, "Host: h", `X-Request-Id: ${id}`);
      if (isKept) expect(field("x-request-id")).toBe(id);
      else expect(field("x-request-id")).toMatch(MADE_ID);
    });
  }

  test("differ from request to request, and are the same in error body and log", async () => {
    await using proxy = await proxyTo("127.0.0.1:1");
    using client = await RawPeer.connect(proxy.port());
    const first = await ask(client, "GET /1 HTTP/1.1", "Host: h");
    const second = await ask(client, "GET /2 HTTP/1.1", "Host: h");
    const ids = [first, second].map(({ body }) => JSON.parse(body).request_id);
    expect(ids[0]).toMatch(MADE_ID);
    expect(ids[0]).not.toBe(ids[1]);
    expect(proxy.events.map(({ request_id: id }) => id)).toEqual(ids);
  });
});

describe("Via and Forwarded", () => {
  test("follow the settings", async () => {
    const field = await echoOf("{ via: off, forwarded: on }", "Host: [::1]:80", "Via: 1.0 elsewhere");
    expect(field("via")).toBe("1.0 elsewhere");
    expect(field("forwarded")).toBe('for=127.0.0.1;host="[::1]:80";proto=http');
  });

  test("Via is appended to that of earlier hops, with the version that came", async () => {
    await using proxy = await proxyTo(upstream.target);
    const lines = ["Host: h", "Via: 1.1 first"];
    expect(fieldOf((await askOnce(proxy.port(), "GET / HTTP/1.1", ...lines)).echo, "via")).toBe(
      "1.1 first | 1.1 portward",
    );
    expect(fieldOf((await askOnce(proxy.port(), "GET / HTTP/1.0", ...lines)).echo, "via")).toBe(
      "1.1 first | 1.0 portward",
    );
  });

  test("Forwarded of a trusted proxy is continued", async () => {
    const settings = '{ forwarded: on, trusted_proxies: ["127.0.0.1"] }';
    const field = await echoOf(settings, "Host: h", "Forwarded: for=1.1.1.1");
    expect(field("forwarded")).toBe("for=1.1.1.1 | for=127.0.0.1;host=h;proto=http");
  });
});

describe("fields of this hop", () => {
  const HOP_BY_HOP = [
    "Connection: close, X-Session",
    "X-Session: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authorization: Basic x",
    "TE: gzip",
    "Upgrade: websocket",
    "HTTP2-Settings: AAAA",
  ];

  test("of a request end here; all others go on in their order, with their letter case", async () => {
    await using target = await ScriptedUpstream.start();
    await using proxy = await proxyTo(target.target);
    using client = await RawPeer.connect(proxy.port());
    const kept = [
      "X-One: 1",
      "x-TWO:   2  ",
      "Authorization: Bearer t",
      "X-One: again",
      "Empty:",
      "Cookie: a=b; c=d",
    ];
    client.send(`GET / HTTP/1.1\r\nHost: h\r\n${[...HOP_BY_HOP, ...kept].join("\r\n")}\r\n\r\n`);
    const peer = await target.accept();
    const head = await peer.until(/\r\n\r\n/);
    const lines = head.slice(0, -4).split("\r\n").slice(1);
    expect(lines.slice(0, 7)).toEqual([
      "Host: h",
      "X-One: 1",
      "x-TWO: 2",
      "Authorization: Bearer t",
      "X-One: again",
      "Empty: ",
      "Cookie: a=b; c=d",
    ]);
    expect(lines.slice(7).map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      "X-Forwarded-For",
      "X-Forwarded-Proto",
      "X-Forwarded-Host",
      "X-Request-Id",
      "Via",
    ]);
  });

  test("of an answer end here; Date and Server are the upstream's or nobody's", async () => {
    await using target = await ScriptedUpstream.start();
    await using proxy = await proxyTo(target.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const peer = await target.accept();
    await peer.until(/\r\n\r\n/);
    const lines = [
      "Connection: X-Inner, keep-alive",
      "X-Inner: 1",
      "Keep-Alive: timeout=5",
      "Proxy-Authenticate: Basic",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
      "Content-Length: 2",
    ];
    peer.send(`HTTP/1.1 299 Quite Fine\r\n${lines.join("\r\n")}\r\n\r\nok`);
    expect(await client.until(/ok$/)).toBe(
      "HTTP/1.1 299 Quite Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok",
    );
  });

  test("Max-Forwards counts OPTIONS down, and at 0 we answer ourselves", async () => {
    await using proxy = await proxyTo(upstream.target);
    const { echo } = await askOnce(proxy.port(), "OPTIONS / HTTP/1.1", "Host: h", "Max-Forwards: 3");
    expect(fieldOf(echo, "max-forwards")).toBe("2");
    const got = await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h", "Max-Forwards: 3");
    expect(fieldOf(got.echo, "max-forwards")).toBe("3");
    const before = upstream.requests;
    expect(await askOnce(proxy.port(), "OPTIONS / HTTP/1.1", "Host: h", "Max-Forwards: 0")).toMatchObject({
      status: 200,
      body: "",
    });
    expect(upstream.requests).toBe(before);
  });
});
