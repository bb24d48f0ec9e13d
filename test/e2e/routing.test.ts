/** Which upstream a request reaches, and with which path: requests spelled byte by byte, upstreams that tell. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askOnce, EchoUpstream } from "../support/echo-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const NAMES = ["a", "b", "c", "d", "e"] as const;
let upstreams: EchoUpstream[];

beforeAll(async () => {
  upstreams = await Promise.all(NAMES.map((name) => EchoUpstream.start(name)));
});
afterAll(() => Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]())));

/** A proxy whose routes say `upstream: a` and so on; each one is a process of its own. */
function proxyWith(routes: string, settings = "{}"): Promise<TestProxy> {
  const groups = upstreams
    .filter(({ name }) => routes.includes(`upstream: ${name}`))
    .map(({ name, target }) => `  ${name}: { targets: ["${target}"] }\n`);
  return startTestProxy(
    `settings: ${settings}\nlisteners: { web: { address: "127.0.0.1:0" } }\nupstreams:\n${groups.join("")}routes:\n${routes}`,
  );
}

interface Row {
  readonly ask: readonly string[];
  /** `UPSTREAM TARGET`, or the status of an answer of ours. */
  readonly gets: string;
}

/** One test for all rows, because one configuration answers them. */
function expectRows(name: string, routes: string, rows: readonly Row[]): void {
  test(name, async () => {
    await using proxy = await proxyWith(routes);
    const got: Row[] = [];
    for (const { ask } of rows) {
      const [requestLine, ...lines] = ask as [string, ...string[]];
      const { status, echo } = await askOnce(proxy.port(), requestLine, ...lines);
      got.push({ ask, gets: status === 200 ? `${echo.name} ${echo.target}` : String(status) });
    }
    expect(got).toEqual([...rows]);
  });
}

/** `GET TARGET` of host `h`. */
function get(target: string, gets: string, ...fields: string[]): Row {
  return { ask: [`GET ${target} HTTP/1.1`, "Host: h", ...fields], gets };
}

describe("hosts", () => {
  const of = (host: string, gets: string): Row => ({ ask: ["GET / HTTP/1.1", `Host: ${host}`], gets });
  expectRows(
    "exact, then the longest wildcard, then any",
    `
  - { listen: web, path: /, upstream: a }
  - { listen: web, host: "*.shop.example", path: /, upstream: b }
  - { listen: web, host: "*.eu.shop.example", path: /, upstream: c }
  - { listen: web, host: [shop.example, www.shop.example], path: /, upstream: d }
`,
    [
      of("shop.example", "d /"),
      of("SHOP.Example", "d /"),
      of("shop.example:8080", "d /"),
      of("shop.example.", "d /"),
      of("www.shop.example", "d /"),
      of("www2.shop.example", "b /"),
      of("deep.er.shop.example", "b /"),
      of("eu.shop.example", "b /"),
      of("x.eu.shop.example", "c /"),
      of("shop.example.org", "a /"),
      of("notshop.example", "a /"),
      of("127.0.0.1", "a /"),
      of("[::1]:80", "a /"),
      { ask: ["GET / HTTP/1.0"], gets: "a /" },
      { ask: ["GET http://shop.example/x?y HTTP/1.1", "Host: shop.example"], gets: "d /x?y" },
      { ask: ["GET http://shop.example HTTP/1.1", "Host: shop.example:80"], gets: "d /" },
      { ask: ["GET http://shop.example/ HTTP/1.1", "Host: other.example"], gets: "400" },
      { ask: ["GET https://shop.example/ HTTP/1.1", "Host: shop.example"], gets: "421" },
    ],
  );

  expectRows(
    "a host is chosen before a path, and its lack of a route is a 404",
    `
  - { listen: web, path: /docs, upstream: a }
  - { listen: web, host: shop.example, path: /cart, upstream: b }
`,
    [
      { ask: ["GET /docs HTTP/1.1", "Host: any"], gets: "a /docs" },
      { ask: ["GET /cart HTTP/1.1", "Host: shop.example"], gets: "b /cart" },
      { ask: ["GET /docs HTTP/1.1", "Host: shop.example"], gets: "404" },
      { ask: ["GET /cart HTTP/1.1", "Host: any"], gets: "404" },
    ],
  );
});

describe("paths", () => {
  expectRows(
    "prefixes go by whole segments, the longest wins whatever the order; exact beats it, it beats a regex",
    `
  - { listen: web, path: { regex: "^/(api|svc)/v[0-9]+/" }, upstream: a }
  - { listen: web, path: /api, upstream: b }
  - { listen: web, path: /api/users/long, upstream: c }
  - { listen: web, path: { exact: /api/users }, upstream: d }
  - { listen: web, path: { regex: "^/img/.*[.]png$" }, upstream: e }
`,
    [
      get("/api", "b /api"),
      get("/api/", "b /api/"),
      get("/api/x?q=1", "b /api/x?q=1"),
      get("/apix", "404"),
      get("/API", "404"),
      get("/api/v1/x", "b /api/v1/x"),
      get("/svc/v1/x", "a /svc/v1/x"),
      get("/api/users", "d /api/users"),
      get("/api/users?x", "d /api/users?x"),
      get("/api/users/", "b /api/users/"),
      get("/api/users/longer", "b /api/users/longer"),
      get("/api/users/long/er", "c /api/users/long/er"),
      get("/img/a/b.png", "e /img/a/b.png"),
      get("/img/b.png.txt", "404"),
      get("/", "404"),
    ],
  );

  expectRows(
    "captures stand for one segment, or for the rest",
    `
  - { listen: web, path: "/users/{id}", rewrite: "/v2/people/{id}", upstream: a }
  - { listen: web, path: "/users/{id}/files/{*rest}", rewrite: { full: "/files/{rest}?of={id}" }, upstream: b }
  - { listen: web, path: "/users/me", upstream: c }
  - { listen: web, path: { regex: "^/(?P<lang>[a-z]{2})/(.*)" }, rewrite: { regex: "^/([a-z]{2})/", to: "/$1-site/" }, upstream: d }
`,
    [
      get("/users/7", "a /v2/people/7"),
      get("/users/7/posts?x=1", "a /v2/people/7/posts?x=1"),
      get("/users/a%2Fb", "a /v2/people/a%2Fb"),
      get("/users/7/files/x/y.txt?z", "b /files/x/y.txt?of=7"),
      get("/users/me", "c /users/me"),
      get("/users/mean", "a /v2/people/mean"),
      get("/users", "404"),
      get("/de/page", "d /de-site/page"),
      get("/deu/page", "404"),
    ],
  );
});

describe("methods, fields and query parameters", () => {
  expectRows(
    "a method beats none, then more fields beat fewer, then more parameters",
    `
  - { listen: web, path: /, upstream: a }
  - { listen: web, path: /, methods: [POST, PUT], upstream: b }
  - { listen: web, path: /, headers: { x-canary: "1" }, upstream: c }
  - { listen: web, path: /, headers: { x-canary: "1", x-beta: { regex: "^(yes|on)$" } }, upstream: d }
  - { listen: web, path: /, query: { debug: "1" }, upstream: e }
`,
    [
      get("/", "a /"),
      { ask: ["POST / HTTP/1.1", "Host: h", "Content-Length: 0", "X-Canary: 1"], gets: "b /" },
      { ask: ["post / HTTP/1.1", "Host: h", "Content-Length: 0"], gets: "a /" },
      get("/", "c /", "X-Canary: 1"),
      get("/", "a /", "X-Canary: 2"),
      get("/", "d /", "x-CANARY: 1", "X-Beta: on"),
      get("/", "c /", "X-Canary: 1", "X-Beta: only"),
      get("/?debug=1", "e /?debug=1"),
      get("/?x=2&%64ebug=%31", "e /?x=2&%64ebug=%31"),
      get("/?debug=11", "a /?debug=11"),
      get("/?debug=1", "c /?debug=1", "X-Canary: 1"),
    ],
  );
});

describe("rewrites", () => {
  expectRows(
    "replace the matched prefix and keep the query",
    `
  - { listen: web, path: /two, rewrite: /, upstream: a }
  - { listen: web, path: /old, rewrite: /new/place, upstream: b }
  - { listen: web, path: /drop, rewrite: "/kept?", upstream: c }
  - { listen: web, path: { exact: /one }, rewrite: { full: "/fixed?x=1" }, upstream: d }
`,
    [
      get("/two", "a /"),
      get("/two/", "a /"),
      get("/two/x?y=1", "a /x?y=1"),
      get("/two?y=1", "a /?y=1"),
      get("/two//x", "a //x"),
      get("/old", "b /new/place"),
      get("/old/x/?", "b /new/place/x/"),
      get("/drop/x?y=1", "c /kept/x"),
      get("/one?ignored", "d /fixed?x=1"),
    ],
  );
});

describe("the path that was matched is the path that goes upstream", () => {
  expectRows(
    "dot segments and escapes are resolved before matching, whatever their spelling",
    `
  - { listen: web, path: /api, upstream: a }
  - { listen: web, path: /admin, upstream: b }
  - { listen: web, path: /, upstream: c }
`,
    [
      get("/api/../admin", "b /admin"),
      get("/api/%2e%2e/admin", "b /admin"),
      get("/api/%2E./admin?q=../x", "b /admin?q=../x"),
      get("/api/x/../../admin/", "b /admin/"),
      get("/api/./x/.", "a /api/x/"),
      get("/api/..", "c /"),
      get("/../../admin", "b /admin"),
      get("/%61pi/x", "a /api/x"),
      get("/%61%64min", "b /admin"),
      get("/api/%7euser/%41", "a /api/~user/A"),
      get("/api/...", "a /api/..."),
      get("/api/..x", "a /api/..x"),
      get("//admin", "c //admin"),
      get("/api//..//admin", "a /api//admin"),
      get("/api/a%20b%c3%a9", "a /api/a%20b%C3%A9"),
    ],
  );

  expectRows(
    "an encoded slash is part of its segment, a malformed escape is refused",
    `
  - { listen: web, path: /api, rewrite: /inner, upstream: a }
  - { listen: web, path: /admin, upstream: b }
  - { listen: web, path: /, upstream: c }
`,
    [
      get("/api%2fadmin", "c /api%2Fadmin"),
      get("/%2Fadmin", "c /%2Fadmin"),
      get("/api/x%2Fy", "a /inner/x%2Fy"),
      get("/api/..%2Fadmin", "400"),
      get("/api/%2e%2e%2fadmin", "400"),
      get("/x%2f..%2fadmin", "400"),
      get("/x/..;/admin", "400"),
      get("/api/%252e%252e/admin", "a /inner/%252e%252e/admin"),
      get("/api/%zz", "400"),
      get("/api/%2", "400"),
      get("/api/%00", "400"),
    ],
  );
});

describe("ports", () => {
  test("two routes on one port never share targets, and the same path on two ports is two routes", async () => {
    const [a, b, c, d] = upstreams as [EchoUpstream, EchoUpstream, EchoUpstream, EchoUpstream];
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" }, other: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /one, targets: ["${a.target}", "${b.target}"] }
  - { listen: web, path: /two, targets: ["${c.target}"] }
  - { listen: other, path: /one, targets: ["${d.target}"] }
  - { listen: [web, other], path: /both, targets: ["${d.target}"] }
`);
    const seen: Record<string, Set<string>> = {};
    for (let count = 0; count < 40; count++) {
      for (const [listener, path] of [
        ["web", "/one"],
        ["web", "/two"],
        ["other", "/one"],
        ["other", "/both"],
        ["web", "/both"],
      ] as const) {
        const { echo } = await askOnce(proxy.port(listener), `GET ${path} HTTP/1.1`, "Host: h");
        seen[listener + path] ??= new Set();
        seen[listener + path]!.add(echo.name);
      }
    }
    expect(seen).toEqual({
      "web/one": new Set(["a", "b"]),
      "web/two": new Set(["c"]),
      "other/one": new Set(["d"]),
      "other/both": new Set(["d"]),
      "web/both": new Set(["d"]),
    });
    expect((await askOnce(proxy.port("other"), "GET /two HTTP/1.1", "Host: h")).status).toBe(404);
  });
});
