/**
 * Random configurations and requests over a tiny alphabet, so that they meet often: hosts, all forms of paths,
 * methods, fields, query, rewrites, redirects, fixed answers, drained targets, limits, trusted proxies. A
 * configuration is written as text and loaded like any other.
 */
import fc from "fast-check";
import { type LoadedConfiguration, parseConfiguration } from "../../src/config/load.ts";
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import type { ExplainedRequest } from "../../src/explain/request.ts";

type Json = Record<string, unknown>;

/** Routes that contradict others are left out, one by one, until the rest loads. */
export const anyConfiguration: fc.Arbitrary<LoadedConfiguration> = fc
  .record({
    settings: anySettings(),
    routes: fc.array(anyRoute(), { minLength: 1, maxLength: 16, size: "max" }),
  })
  .map(({ settings, routes }) => loaded(settings, routes));

export function anyRequest(): fc.Arbitrary<ExplainedRequest> {
  const segment = fc.constantFrom("a", "b", "%61", "c", "", "..", ".", "%2e%2E", "%2f", "7", "%zz");
  const path = fc
    .array(segment, { maxLength: 4 })
    .map((all) => (all.length === 0 ? "" : `/${all.join("/")}`));
  const host = fc.constantFrom(
    "a.example",
    "B.A.example",
    "c.b.a.example",
    "other",
    "a.example.",
    "[::1]",
    "192.0.2.7",
  );
  const port = fc.constantFrom("", "", ":8001", ":8002", ":8003");
  return fc.record({
    method: fc.constantFrom("GET", "GET", "POST", "PUT", "OPTIONS", "HEAD"),
    url: fc.tuple(host, port, path, fc.constantFrom("", "?", "?p=1", "?p=2&q=%2F", "?q")).map((parts) => {
      const url = parseRequestUrl(`http://${parts.join("")}`);
      if (!url.ok) throw new Error(url.error);
      return url.value;
    }),
    headers: fc.subarray(FIELDS, { maxLength: 4 }),
    from: fc.constantFrom(null, "10.1.2.3", "203.0.113.7", "2001:db8::7"),
  });
}

function loaded(settings: Json, routes: readonly Json[]): LoadedConfiguration {
  const left = [...routes, { listen: 8003, path: "/", targets: ["127.0.0.1:9"] }];
  for (;;) {
    // One route a line, so that a finding's line says which.
    const lines = left.map((route) => JSON.stringify(route)).join(",\n");
    const parsed = parseConfiguration(
      "a.json",
      `{"settings":${JSON.stringify(settings)},"routes":[\n${lines}\n]}`,
    );
    if (parsed.ok) return parsed.value;
    const error = parsed.error.find(({ severity }) => severity === "error")!;
    const [removed] = left.splice(error.origin.line - 2, 1);
    if (removed === undefined || left.length === 0) throw new Error(error.message);
  }
}

function anySettings(): fc.Arbitrary<Json> {
  return fc.record({
    trusted_proxies: fc.constantFrom([], ["10.0.0.0/8"], ["2001:db8::/32", "192.0.2.1"]),
    via: fc.boolean(),
    forwarded: fc.boolean(),
    not_found_message: fc.constantFrom("not found", "nothing"),
    limits: fc.constantFrom({}, { fields: 3 }, { body: "1KiB" }),
  });
}

function anyRoute(): fc.Arbitrary<Json> {
  return fc
    .record({
      listen: fc.constantFrom<unknown>(8001, 8001, 8002, [8001, 8002], "127.0.0.1:8004"),
      host: fc.option(
        fc.constantFrom<unknown>("a.example", ["*.a.example", "a.example"], "*.example", "[::1]"),
      ),
      path: anyPath(),
      methods: fc.option(fc.constantFrom(["GET"], ["POST", "PUT"]), { freq: 2 }),
      headers: fc.option(fc.constantFrom<unknown>({ "X-A": "1" }, { "x-a": { regex: "^[12]$" } }), {
        freq: 2,
      }),
      query: fc.option(fc.constantFrom<unknown>({ p: "1" }, { q: { present: true } }), { freq: 2 }),
      limits: fc.option(fc.constantFrom({ body: "2KiB" }, { body: "off" }), { freq: 2 }),
      action: anyAction(),
    })
    .map(({ action, path, ...rest }) => {
      const capture = /\{\*?(\w+)\}/.exec(JSON.stringify(path))?.[1] ?? null;
      const all = { ...rest, path, ...action(capture) };
      return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
    });
}

function anyPath(): fc.Arbitrary<unknown> {
  const prefix = fc
    .tuple(
      fc.array(fc.constantFrom("a", "b", "{id}", "c"), { maxLength: 2 }),
      fc.constantFrom("", "/", "/{*rest}"),
    )
    .filter(([segments]) => segments.filter((segment) => segment === "{id}").length < 2)
    .map(([segments, tail]) => `/${segments.join("/")}${segments.length === 0 ? tail.slice(1) : tail}`);
  return fc.oneof(
    { weight: 6, arbitrary: prefix },
    { weight: 2, arbitrary: fc.constantFrom("/a", "/a/b", "/", "/b/").map((exact) => ({ exact })) },
    { weight: 1, arbitrary: fc.constantFrom("^/a", "b$", "^/(?P<v>[ab])/").map((regex) => ({ regex })) },
  );
}

type Action = (capture: string | null) => Json;

function anyAction(): fc.Arbitrary<Action> {
  const targets = fc.constantFrom<unknown[]>(
    ["127.0.0.1:1"],
    ["127.0.0.1:1", { host: "api.example", port: 80, weight: 3 }],
    [{ unix: "/run/a.sock", weight: 0 }],
  );
  const rewrite = fc.constantFrom<(capture: string | null) => unknown>(
    () => null,
    () => "/",
    () => "/v2/",
    (capture) => (capture === null ? "/v2" : `/v2/{${capture}}`),
    (capture) => ({ full: capture === null ? "/fixed?own=1" : `/fixed?id={${capture}}` }),
    () => ({ regex: "b", to: "." }),
    () => ({ regex: "^/(a+)", to: "/x$1" }),
  );
  return fc.oneof(
    fc.tuple(targets, rewrite).map(
      ([all, change]): Action =>
        (capture) => ({ targets: all, rewrite: change(capture) }),
    ),
    fc.constantFrom<Action>(
      () => ({ redirect: { to: "https://{host}{path}", status: 308 } }),
      (capture) => ({ redirect: { to: capture === null ? "/new" : `/new/{${capture}}?was={${capture}}` } }),
      () => ({ respond: { status: 201, body: "made", headers: { "x-made": "1" } } }),
      () => ({ respond: { status: 204 } }),
    ),
  );
}

const FIELDS: (readonly [string, string])[] = [
  ["X-A", "1"],
  ["x-a", "2"],
  ["Accept", "*/*"],
  ["Host", "B.a.example:8002"],
  ["Host", "other"],
  ["Connection", "close, x-a"],
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["TE", "trailers"],
  ["Content-Length", "5"],
  ["Content-Length", "1500"],
  ["Content-Length", "+5"],
  ["Transfer-Encoding", "chunked"],
  ["Expect", "100-continue"],
  ["Max-Forwards", "0"],
  ["Max-Forwards", "7"],
  ["X-Forwarded-For", "1.2.3.4"],
  ["X-Forwarded-Proto", "https"],
  ["X-Forwarded-Host", "evil.example"],
  ["X_Forwarded_For", "5.6.7.8"],
  ["X-Request-Id", "given"],
  ["X-Real-Ip", "1.2.3.4"],
  ["Via", "1.0 other"],
];
