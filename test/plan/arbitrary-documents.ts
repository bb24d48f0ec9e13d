/**
 * Random configurations as plain documents, so that they can be written in more than one way: shuffled, taken apart,
 * under other names. Order decides only among patterns, so the routes that have one keep their order.
 */
import fc from "fast-check";
import { type LoadedConfiguration, parseConfiguration } from "../../src/config/load.ts";

type Json = Record<string, unknown>;

export interface Parts {
  readonly settings: Json;
  readonly listeners: Json;
  readonly upstreams: Json;
  readonly routes: readonly Json[];
}

/** How the same configuration is written another way. */
export interface Spelling {
  /** Sort keys of everything that has no order of its own. */
  readonly seed: number;
  /** Over how many documents the parts are spread. */
  readonly documents: number;
  readonly renames: boolean;
}

export const anyParts: fc.Arbitrary<Parts> = fc
  .record({
    settings: anySettings(),
    upstreams: fc.record({ api: anyUpstream(), pages: anyUpstream() }),
    routes: fc.array(anyRoute(), { minLength: 1, maxLength: 14, size: "max" }),
  })
  .map(({ settings, upstreams, routes }) => sound({ settings, listeners: LISTENERS, upstreams, routes }));

export const anySpelling: fc.Arbitrary<Spelling> = fc.record({
  seed: fc.integer(),
  documents: fc.integer({ min: 1, max: 3 }),
  renames: fc.boolean(),
});

/** The plain way to write it. */
export function written(parts: Parts): LoadedConfiguration {
  const loaded = parseConfiguration("old.json", JSON.stringify(parts));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error[0]));
  return loaded.value;
}

export function respelled(parts: Parts, { seed, documents, renames }: Spelling): LoadedConfiguration {
  const order = shuffler(seed);
  const named = renames ? renamed(parts) : parts;
  const routes = withPatternsInOrder(order.list(named.routes));
  const texts = Array.from({ length: documents }, (_, index) => {
    const mine = <T>(_value: T, at: number) => at % documents === index;
    // Patterns keep their order over all documents, so routes are dealt out in runs.
    const size = Math.ceil(routes.length / documents);
    const document = {
      name: `part-${documents - index}`,
      settings: pick(named.settings, mine),
      listeners: pick(named.listeners, mine),
      upstreams: pick(named.upstreams, mine),
      routes: routes.slice(index * size, (index + 1) * size),
    };
    return JSON.stringify(order.keys(document));
  });
  const loaded = parseConfiguration("new.yaml", texts.join("\n---\n"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error[0]));
  return loaded.value;
}

/** Routes that contradict others are left out, one by one, until the rest loads. */
export function sound(parts: Parts): Parts {
  const routes = [...parts.routes];
  for (;;) {
    const lines = routes.map((route) => JSON.stringify(route)).join(",\n");
    const { settings, listeners, upstreams } = parts;
    const around = JSON.stringify({ settings, listeners, upstreams }).slice(1, -1);
    const parsed = parseConfiguration("a.json", `{${around},"routes":[\n${lines}\n]}`);
    if (parsed.ok) return { ...parts, routes };
    const error = parsed.error.find(({ severity }) => severity === "error")!;
    const removed = routes.splice(error.origin.line - 2, 1);
    if (removed.length === 0) throw new Error(error.message);
    if (routes.length === 0) routes.push({ listen: 8001, path: "/", upstream: "api" });
  }
}

const LISTENERS: Json = { web: { address: 8001 }, side: { address: "127.0.0.1:8002" } };

function renamed({ settings, listeners, upstreams, routes }: Parts): Parts {
  const listen = (value: unknown) =>
    typeof value === "string" && value in listeners ? `own-${value}` : value;
  return {
    settings,
    listeners: Object.fromEntries(Object.entries(listeners).map(([name, value]) => [`own-${name}`, value])),
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([name, value]) => [`own-${name}`, value])),
    routes: routes.map(({ listen: where, upstream, ...route }) => ({
      ...route,
      listen: Array.isArray(where) ? where.map(listen) : listen(where),
      ...(upstream === undefined ? {} : { upstream: `own-${upstream}` }),
    })),
  };
}

function withPatternsInOrder(routes: readonly (readonly [Json, number])[]): Json[] {
  const patterns = routes.filter(([route]) => hasPattern(route)).sort(([, a], [, b]) => a - b);
  return routes.map(([route]) => (hasPattern(route) ? patterns.shift()![0] : route));
}

function hasPattern({ path, headers, query }: Json): boolean {
  return JSON.stringify([path, headers, query]).includes('"regex"');
}

function pick(map: Json, takes: (value: unknown, at: number) => boolean): Json {
  return Object.fromEntries(Object.entries(map).filter(takes));
}

interface Shuffler {
  /** With the position that each had. */
  list<T>(items: readonly T[]): (readonly [T, number])[];
  /** Keys of all maps, and the items of lists whose order means nothing. */
  keys(value: unknown): unknown;
}

function shuffler(seed: number): Shuffler {
  let state = seed | 1;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ (state << 7);
    return state >>> 0;
  };
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [next(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  const keys = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => keys(item, ""));
      return UNORDERED.has(name) ? shuffled(items) : items;
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(shuffled(Object.entries(value)).map(([key, inner]) => [key, keys(inner, key)]));
  };
  return {
    list: (items) => shuffled(items.map((item, at) => [item, at] as const)),
    keys: (value) => keys(value, ""),
  };
}

const UNORDERED = new Set(["listen", "host", "methods", "targets", "trusted_proxies"]);

function anySettings(): fc.Arbitrary<Json> {
  return fc.record({
    trusted_proxies: fc.constantFrom([], ["10.0.0.0/8", "192.0.2.1"]),
    via: fc.boolean(),
    not_found_message: fc.constantFrom("not found", "nothing"),
    limits: fc.constantFrom({}, { body: "1KiB", fields: 50 }),
    timeouts: fc.constantFrom({}, { response: "30s", idle: "20s" }),
  });
}

function anyUpstream(): fc.Arbitrary<Json> {
  return fc.record({ targets: anyTargets(), balance: fc.constantFrom("p2c", "round_robin") });
}

function anyTargets(): fc.Arbitrary<unknown[]> {
  return fc.constantFrom<unknown[]>(
    ["127.0.0.1:1"],
    ["127.0.0.1:1", { host: "api.example", port: 80, weight: 3 }],
    [{ unix: "/run/a.sock", weight: 0 }],
  );
}

function anyRoute(): fc.Arbitrary<Json> {
  return fc
    .record({
      listen: fc.constantFrom<unknown>(8001, "web", "side", ["side", 8001], 8003),
      host: fc.option(
        fc.constantFrom<unknown>("a.example", ["*.a.example", "a.example"], "*.example", [
          "x.example",
          "b.example",
        ]),
      ),
      path: fc.constantFrom<unknown>(
        ...["/", "/a", "/a/", "/a/b", "/a/{id}", "/a/{name}/c", "/b/{*rest}", "/b"],
        ...[{ exact: "/a" }, { exact: "/a/b" }, { regex: "^/a" }, { regex: "b$" }, { regex: "^/[ab]/" }],
      ),
      methods: fc.option(fc.constantFrom(["GET"], ["POST", "PUT"]), { freq: 2 }),
      headers: fc.option(
        fc.constantFrom<unknown>({ "X-A": "1" }, { "x-a": { regex: "^[12]$" } }, { "x-b": "1", "x-a": "2" }),
        { freq: 2 },
      ),
      query: fc.option(fc.constantFrom<unknown>({ p: "1" }, { q: { present: true }, p: "2" }), { freq: 2 }),
      limits: fc.option(fc.constantFrom({ body: "2KiB" }, { body: "off" }), { freq: 1 }),
      timeouts: fc.option(fc.constantFrom({ idle: "5s", connect: "1s" }), { freq: 1 }),
      action: anyAction(),
    })
    .map(({ action, ...rest }) =>
      Object.fromEntries(Object.entries({ ...rest, ...action }).filter(([, value]) => value !== null)),
    );
}

function anyAction(): fc.Arbitrary<Json> {
  return fc.oneof(
    fc.record({ targets: anyTargets(), rewrite: fc.constantFrom(null, "/", "/v2/") }),
    fc.record({
      upstream: fc.constantFrom("api", "pages"),
      rewrite: fc.constantFrom(null, { full: "/f?x=1" }),
    }),
    fc.constantFrom<Json>(
      { redirect: { to: "https://{host}{path}", status: 308 } },
      { respond: { status: 201, body: "made", headers: { "x-made": "1", "x-also": ["2", "3"] } } },
    ),
  );
}
