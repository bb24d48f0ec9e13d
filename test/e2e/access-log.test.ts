/** The access log as operators read it: one line of JSON per exchange, with the fields of docs/logging.md. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseConfiguration } from "../../src/config/load.ts";
import { cleanUp, PORTWARD, readUntil, start } from "../cli/support.ts";
import { ask, askOnce, EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portward-log-"));
  path = join(folder, "access.log");
});
afterEach(() => rmSync(folder, { recursive: true }));

type Line = Readonly<Record<string, unknown>>;

/** Lets the proxy finish, which writes what waits, and reads all lines. */
async function linesOf(proxy: TestProxy): Promise<Line[]> {
  await proxy.running.drain(1_000);
  const text = readFileSync(path, "utf8");
  expect(text).toEndWith("\n");
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A proxy that logs, with one listener `web` and these routes. */
function loggingProxy(routes: string, settings = ""): Promise<TestProxy> {
  return startTestProxy(`
name: shop
settings: { access_log: "${path}"${settings} }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
${routes}
`);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ID = /^[0-9a-f]{32}$/;

describe("one line each", () => {
  test("for an answer of the upstream, with every field that it has", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await loggingProxy(`  - { listen: web, path: /, targets: ["${upstream.target}"] }`);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST /cart?item=7 HTTP/1.1\r\nHost: Shop.example:80\r\nContent-Length: 5\r\n\r\nhello");
    const answer = await client.until(/\r\n\r\n\{.*\}$/s);
    const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
    const lines = await linesOf(proxy);
    expect(lines).toEqual([
      {
        time: expect.stringMatching(TIME),
        event: "exchange",
        kind: "http",
        listener: "web",
        route: "shop/0",
        target: upstream.target,
        request_id: expect.stringMatching(ID),
        client: "127.0.0.1",
        method: "POST",
        host: "Shop.example:80",
        path: "/cart?item=7",
        protocol: "HTTP/1.1",
        status: 200,
        attempts: 1,
        reused: false,
        received_bytes: 5,
        sent_bytes: body.length,
        queue_ms: expect.any(Number),
        connect_ms: expect.any(Number),
        head_ms: expect.any(Number),
        total_ms: expect.any(Number),
      },
    ]);
    const { queue_ms, connect_ms, head_ms, total_ms, request_id } = lines[0] as Record<string, number>;
    expect(queue_ms!).toBeLessThanOrEqual(connect_ms!);
    expect(connect_ms!).toBeLessThanOrEqual(head_ms!);
    expect(head_ms!).toBeLessThanOrEqual(total_ms!);
    expect(body).toContain(String(request_id));
  });

  test("for answers of the proxy's own: redirects, fixed ones, 404, and requests refused as malformed", async () => {
    await using proxy = await loggingProxy(`
  - { listen: web, path: /old, redirect: { to: "/new", status: 301 } }
  - { listen: web, path: /hi, respond: { status: 200, body: "hello" } }
`);
    using client = await RawPeer.connect(proxy.port());
    await ask(client, "GET /old HTTP/1.1", "Host: h");
    await ask(client, "GET /hi HTTP/1.1", "Host: h");
    client.clear();
    client.send("HEAD /hi HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until(/\r\n\r\n/);
    const missing = await ask(client, "GET /none HTTP/1.1", "Host: h");
    const malformed = await ask(client, "GET / HTTP/1.1", "Host: h", "Content-Length: +5");
    expect(await linesOf(proxy)).toMatchObject([
      { route: "shop/0", status: 301, sent_bytes: 0, path: "/old" },
      { route: "shop/1", status: 200, sent_bytes: 5 },
      { route: "shop/1", status: 200, sent_bytes: 0, method: "HEAD" },
      { status: 404, path: "/none", error: "route.not_found", sent_bytes: missing.body.length },
      {
        status: 400,
        error: "request.malformed",
        rule: "contentLength",
        sent_bytes: malformed.body.length,
        request_id: JSON.parse(malformed.body).request_id,
      },
    ]);
  });

  test("for each of a thousand exchanges", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await loggingProxy(`  - { listen: web, path: /, targets: ["${upstream.target}"] }`);
    const clients = Array.from({ length: 20 }, async (_, of) => {
      using client = await RawPeer.connect(proxy.port());
      for (let count = 0; count < 50; count++) await ask(client, `GET /${of}/${count} HTTP/1.1`, "Host: h");
    });
    await Promise.all(clients);
    const lines = await linesOf(proxy);
    expect(new Set(lines.map(({ path }) => path)).size).toBe(1_000);
    expect(new Set(lines.map(({ request_id: id }) => id)).size).toBe(1_000);
    expect(lines).toHaveLength(1_000);
  });
});

describe("failures", () => {
  test("carry the word of the error, the rule or the system's cause, and what was tried", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await loggingProxy(`
  - { listen: web, path: /refused, targets: ["127.0.0.1:1"] }
  - { listen: web, path: /, targets: ["${upstream.target}"] }
`);
    const refused = await askOnce(proxy.port(), "GET /refused HTTP/1.1", "Host: h");
    using client = await RawPeer.connect(proxy.port());
    client.send("GET /half HTTP/1.1\r\nHost: h\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await client.until(/half$/);
    target.reset();
    await client.closed;
    expect(await linesOf(proxy)).toMatchObject([
      {
        status: 502,
        error: "upstream.refused",
        cause: "ECONNREFUSED",
        target: "127.0.0.1:1",
        request_id: JSON.parse(refused.body).request_id,
      },
      {
        status: 200,
        error: "upstream.reset_after_head",
        cause: "ECONNRESET",
        closed_by: "upstream",
        sent_bytes: 4,
        path: "/half",
      },
    ]);
  });

  test("a client that leaves before its answer is a line without a status", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await loggingProxy(`  - { listen: web, path: /, targets: ["${upstream.target}"] }`);
    const client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    client.reset();
    await target.closed;
    const [line] = await linesOf(proxy);
    expect(line).toMatchObject({ error: "request.aborted", closed_by: "downstream", sent_bytes: 0 });
    expect(line).not.toHaveProperty("status");
    expect(line).not.toHaveProperty("head_ms");
    // What clients do is not the operator's to mend: it is in this log only.
    expect(proxy.events).toEqual([]);
  });
});

describe("tunnels", () => {
  test("an upgrade is one line at its end, with the bytes of both directions", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await loggingProxy(`  - { listen: web, path: /, targets: ["${upstream.target}"] }`);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET /chat HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello");
    await client.until(/hello$/);
    client.send("bye");
    client.socket.end();
    await target.untilEnd();
    target.socket.end();
    await client.closed;
    expect(await linesOf(proxy)).toMatchObject([
      { kind: "http", path: "/chat", status: 101, closed_by: "downstream", received_bytes: 3, sent_bytes: 5 },
    ]);
  });

  test("a tcp route's line has no fields of a request", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(`
name: db
settings: { access_log: "${path}" }
routes: [{ kind: tcp, listen: "127.0.0.1:0", targets: ["${upstream.target}"] }]
`);
    using client = await RawPeer.connect(proxy.port());
    client.send("query");
    const target = await upstream.accept();
    await target.until(/query/);
    target.send("answer!");
    await client.until(/answer!/);
    client.socket.end();
    await target.untilEnd();
    target.socket.end();
    await client.closed;
    expect(await linesOf(proxy)).toEqual([
      {
        time: expect.stringMatching(TIME),
        event: "exchange",
        kind: "tcp",
        listener: expect.any(String),
        route: "db/0",
        target: upstream.target,
        client: "127.0.0.1",
        attempts: 1,
        reused: false,
        closed_by: "downstream",
        received_bytes: 5,
        sent_bytes: 7,
        queue_ms: expect.any(Number),
        connect_ms: expect.any(Number),
        total_ms: expect.any(Number),
      },
    ]);
  });
});

describe("the file", () => {
  test("is appended to, and is not for everybody to read", async () => {
    const routes = `  - { listen: web, path: /, respond: { status: 204 } }`;
    for (let run = 1; run <= 2; run++) {
      await using proxy = await loggingProxy(routes);
      await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
      expect(await linesOf(proxy)).toHaveLength(run);
    }
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  test("that cannot be opened keeps the proxy from starting, and says why", async () => {
    path = join(folder, "missing", "access.log");
    const started = loggingProxy(`  - { listen: web, path: /, respond: { status: 204 } }`);
    expect(started).rejects.toThrow(/access_log\.open.*missing.*ENOENT/s);
  });

  test.skipIf(process.platform !== "linux")(
    "on a full disk costs lines and no request, and that is told",
    async () => {
      path = "/dev/full";
      await using proxy = await loggingProxy(`  - { listen: web, path: /, respond: { status: 204 } }`);
      using client = await RawPeer.connect(proxy.port());
      for (let count = 0; count < 5; count++)
        expect((await ask(client, "GET / HTTP/1.1", "Host: h")).status).toBe(204);
      const lost = () => proxy.events.reduce((sum, { count }) => sum + Number(count), 0);
      await eventually(() => lost() === 5, "all five told");
      expect(proxy.events[0]).toMatchObject({
        level: "warn",
        event: "access_log_lines_lost",
        cause: "ENOSPC",
      });
    },
  );

  test.skipIf(process.platform !== "linux")(
    "that is a pipe nobody reads holds no request up, and what it does not take is told",
    async () => {
      Bun.spawnSync(["mkfifo", path]);
      await using proxy = await loggingProxy(`  - { listen: web, path: /, respond: { status: 204 } }`);
      using client = await RawPeer.connect(proxy.port());
      for (let count = 0; count < 500; count++)
        expect((await ask(client, "GET / HTTP/1.1", "Host: h")).status).toBe(204);
      await proxy.running.drain(1_000);
      const lost = proxy.events.reduce((sum, { count }) => sum + Number(count), 0);
      expect(proxy.events[0]).toMatchObject({ event: "access_log_lines_lost", cause: "slow" });
      expect(lost).toBeGreaterThan(200);
      expect(lost).toBeLessThan(500);
    },
  );

  test("`stdout` gets the lines, and nothing but them", async () => {
    const file = join(folder, "site.yaml");
    const route = `{ listen: "127.0.0.1:0", path: /, respond: { status: 200, body: hi } }`;
    writeFileSync(file, `settings: { access_log: stdout }\nroutes: [${route}]\n`);
    const child = start([PORTWARD, "run", "--config", file, "--admin", "off"]);
    try {
      const ready = await readUntil(child.stderr, /"event":"ready".*\n/);
      const port = Number(/"address":"127\.0\.0\.1:(\d+)"/.exec(ready)![1]);
      for (const target of ["/1", "/2"]) await askOnce(port, `GET ${target} HTTP/1.1`, "Host: h");
      child.kill("SIGTERM");
      const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
      // Two workers may have answered, each in its own time.
      expect(lines.map((line) => JSON.parse(line)).sort((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
        { path: "/1", status: 200 },
        { path: "/2", status: 200 },
      ]);
    } finally {
      cleanUp();
    }
  });

  test("is closed and complete also when the proxy stops at once", async () => {
    const proxy = await loggingProxy(`  - { listen: web, path: /, respond: { status: 204 } }`);
    await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
    proxy.running.stopNow();
    await eventually(() => readFileSync(path, "utf8").endsWith("}\n"), "written");
    // The runtime throws when it collects a file that is still open.
    Bun.gc(true);
    await new Promise(setImmediate);
  });

  test("off is the default: nothing is recorded but failures, and those in the error log", async () => {
    await using proxy = await startTestProxy(
      `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["127.0.0.1:1"] }]`,
    );
    await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
    expect(proxy.events).toMatchObject([{ level: "warn", event: "failure", error: "upstream.refused" }]);
  });
});

describe("what is never logged", () => {
  test("fields of requests and answers, and bodies: no credential that travels there can leak", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await loggingProxy(`  - { listen: web, path: /, targets: ["${upstream.target}"] }`);
    using client = await RawPeer.connect(proxy.port());
    const secrets = ["Authorization: Bearer SECRET-1", "Cookie: session=SECRET-2", "X-Api-Key: SECRET-3"];
    const lines = ["POST /login HTTP/1.1", "Host: h", ...secrets, "Content-Length: 8", "", "SECRET-4"];
    client.send(lines.join("\r\n"));
    const target = await upstream.accept();
    await target.until(/SECRET-4$/);
    target.send("HTTP/1.1 200 OK\r\nSet-Cookie: id=SECRET-5\r\nContent-Length: 8\r\n\r\nSECRET-6");
    await client.until(/SECRET-6$/);
    client.send("GET http://user:SECRET-7@h/ HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until(/ 400 /);
    await linesOf(proxy);
    expect(readFileSync(path, "utf8") + JSON.stringify(proxy.events)).not.toContain("SECRET");
  });

  test("a line that a client could forge: whatever it sends stays within its value", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await loggingProxy(
      `  - { listen: web, path: /, targets: ["${upstream.target}"] }`,
      ', trusted_proxies: ["127.0.0.1"]',
    );
    const target = '/","status":200}%0a?{"x":"\\u000a';
    await askOnce(proxy.port(), `GET ${target} HTTP/1.1`, "Host: h", 'X-Request-Id: a","b":"');
    expect(await linesOf(proxy)).toMatchObject([{ path: target, request_id: expect.stringMatching(ID) }]);
  });
});

describe("several logs", () => {
  test("each has its own form and its own share", async () => {
    await using upstream = await ScriptedUpstream.start();
    const other = join(folder, "other.log");
    await using proxy = await startTestProxy(`
name: shop
settings:
  access_log:
    - { to: "${path}", request_headers: [user-agent, cookie], response_headers: [x-cache, set-cookie] }
    - { to: "${other}", format: combined, status: [4xx], errors: off }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /hi, respond: { status: 403, headers: { X-Cache: own } } }
  - { listen: web, path: /, targets: ["${upstream.target}"] }
`);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET /a?key=SECRET&b=1 HTTP/1.1\r\nHost: h\r\nUser-Agent: curl\r\nCookie: SECRET\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send("HTTP/1.1 200 OK\r\nSet-Cookie: SECRET\r\nX-Cache: hit\r\nContent-Length: 0\r\n\r\n");
    await client.until(/ 200 /);
    await ask(
      client,
      "GET /hi HTTP/1.1",
      "Host: h",
      "User-Agent: browser",
      "Referer: http://a/?token=SECRET",
    );
    const lines = await linesOf(proxy);
    expect(lines).toMatchObject([
      {
        path: "/a?key=***&b=1",
        request_headers: { "user-agent": "curl", cookie: "***" },
        response_headers: { "set-cookie": "***", "x-cache": "hit" },
      },
      { path: "/hi", request_headers: { "user-agent": "browser" }, response_headers: { "x-cache": "own" } },
    ]);
    expect(readFileSync(other, "utf8")).toMatch(
      /^127\.0\.0\.1 - - \[.{26}\] "GET \/hi HTTP\/1\.1" 403 0 "http:\/\/a\/\?token=\*{3}" "browser"\n$/,
    );
  });

  test("a secret in a query is in neither log", async () => {
    await using proxy = await loggingProxy(
      `  - { listen: web, path: /, targets: ["127.0.0.1:1"] }`,
      ", redact: { query: [otp] }",
    );
    await askOnce(proxy.port(), "GET /?otp=SECRET&token=SECRET&page=2 HTTP/1.1", "Host: h");
    await linesOf(proxy);
    const logged = readFileSync(path, "utf8") + JSON.stringify(proxy.events);
    expect(logged).not.toContain("SECRET");
    expect(logged.match(/otp=\*{3}&token=\*{3}&page=2/g)).toHaveLength(2);
  });

  test("a file is started anew as the configuration says, and no line is lost", async () => {
    const rotate = "{ size: 1KiB, keep: 100, gzip: on }";
    await using proxy = await startTestProxy(`
settings: { access_log: { to: ${path}, rotate: ${rotate} } }
routes: [{ listen: "127.0.0.1:0", path: /, respond: { status: 204 } }]
`);
    using client = await RawPeer.connect(proxy.port());
    for (let round = 0; round < 4; round++) {
      for (let count = 0; count < 5; count++) await ask(client, `GET /${round}/${count} HTTP/1.1`, "Host: h");
      const written = () => existsSync(path) && readFileSync(path, "utf8").includes(`"/${round}/4"`);
      await eventually(written, "written");
    }
    await proxy.running.drain(1_000);
    await eventually(() => readdirSync(folder).every((name) => /log$|gz$/.test(name)), "compressed");
    const files = readdirSync(folder).sort();
    expect(files.length).toBeGreaterThanOrEqual(4);
    const texts = files
      .map((name) => readFileSync(join(folder, name)))
      .map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
    const paths = texts.flatMap((text) =>
      [...text.toString().matchAll(/"path":"(.*?)"/g)].map(([, at]) => at!),
    );
    expect(new Set(paths).size).toBe(20);
    expect(proxy.events).toEqual([]);
  });

  test("a reload leaves those open that stay, and closes those that go", async () => {
    const rest = `
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 204 } }]
`;
    const other = join(folder, "other.log");
    await using proxy = await startTestProxy(`settings: { access_log: [${path}, ${other}] }${rest}`);
    await askOnce(proxy.port(), "GET /1 HTTP/1.1", "Host: h");
    const without = parseConfiguration("test.yaml", `settings: { access_log: [${path}] }${rest}`);
    if (!without.ok) throw new Error("no configuration");
    renameSync(path, `${path}.kept-open`);
    expect((await proxy.running.reload(without.value.configuration)).ok).toBe(true);
    await askOnce(proxy.port(), "GET /2 HTTP/1.1", "Host: h");
    await proxy.running.drain(1_000);
    const paths = (file: string) =>
      [...readFileSync(file, "utf8").matchAll(/"path":"(.*?)"/g)].map(([, at]) => at);
    expect([paths(`${path}.kept-open`), paths(other)]).toEqual([["/1", "/2"], ["/1"]]);
  });
});
