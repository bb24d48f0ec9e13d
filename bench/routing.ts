/**
 * What routing costs: nanoseconds per match with 10, 1,000 and 10,000 rules, and the time to compile them.
 * `bin/bun bench/routing.ts`. Two request mixes: `one` asks for the same route again and again (the cost of
 * the algorithm), `all` goes through every route (adds the cache misses of data that is really used).
 * Rounds of the sizes are interleaved, and the best round counts, so that other load on the machine hurts all.
 */

import { compileRewrite } from "../src/routing/compile-rewrite.ts";
import { compileRoutes } from "../src/routing/compile-routes.ts";
import { normalisePath } from "../src/routing/normalise-path.ts";
import type { PathPattern, RouteMatch } from "../src/routing/route-match.ts";
import type { RoutedRequest, RouteRule, Router } from "../src/routing/router.ts";

interface Shape {
  readonly name: string;
  readonly rule: (index: number) => Partial<RouteMatch>;
  readonly request: (index: number) => { readonly host: string; readonly path: string };
}

const SIZES = [10, 1_000, 10_000] as const;
const ROUNDS = 15;
const MATCHES_PER_ROUND = 50_000;
const BATCH = 100;

const SHAPES: readonly Shape[] = [
  {
    name: "prefix paths",
    rule: (index) => ({ path: prefix(`/api/service-${pad(index)}`) }),
    request: (index) => ({ host: "shop.example", path: `/api/service-${pad(index)}/items/42` }),
  },
  {
    name: "exact hosts",
    rule: (index) => ({ hosts: [`tenant-${pad(index)}.shop.example`], path: prefix("/api") }),
    request: (index) => ({ host: `tenant-${pad(index)}.shop.example`, path: "/api/items/42" }),
  },
  {
    name: "wildcard hosts",
    rule: (index) => ({ hosts: [`*.tenant-${pad(index)}.example`], path: prefix("/api") }),
    request: (index) => ({ host: `www.tenant-${pad(index)}.example`, path: "/api/items/42" }),
  },
  {
    name: "templates",
    rule: (index) => ({ path: prefix(`/api/service-${pad(index)}/{id}`) }),
    request: (index) => ({ host: "shop.example", path: `/api/service-${pad(index)}/42/parts` }),
  },
  {
    name: "methods",
    rule: (index) => ({
      path: prefix(`/api/service-${pad(index >> 1)}`),
      methods: [index % 2 === 0 ? "GET" : "POST"],
    }),
    request: (index) => ({ host: "shop.example", path: `/api/service-${pad(index >> 1)}/items/42` }),
  },
];

console.log("ns per match, best of", ROUNDS, "rounds of", MATCHES_PER_ROUND);
for (const shape of SHAPES) measureShape(shape);
measureCompile();
measurePaths();

function measureShape(shape: Shape): void {
  const routers = SIZES.map((size) => compiled(shape, size));
  for (const mix of ["one", "all"] as const) {
    // 7,919 is prime, so that `all` comes by every route, in an order that no prefetcher guesses.
    const pick = (size: number, index: number) => (mix === "one" ? size >> 1 : (index * 7_919) % size);
    const best = SIZES.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [at, size] of SIZES.entries()) {
        const ns = nsPerMatch(routers[at]!, (index) => requestFor(shape, pick(size, index)));
        best[at] = Math.min(best[at]!, ns);
      }
    }
    const cells = SIZES.map((size, at) => `${size.toLocaleString("en")}: ${best[at]!.toFixed(0)}`);
    console.log(`  ${shape.name.padEnd(16)} ${mix}   ${cells.join("   ")}`);
  }
}

/** Requests are made in batches outside the measured time: as after parsing, their strings are new and warm. */
function nsPerMatch(router: Router<number>, make: (index: number) => RoutedRequest): number {
  let spentMs = 0;
  for (let done = 0; done < MATCHES_PER_ROUND; done += BATCH) {
    const requests = Array.from({ length: BATCH }, (_, index) => make(done + index));
    let hits = 0;
    const started = performance.now();
    for (const request of requests) if (router.match(request) !== null) hits++;
    spentMs += performance.now() - started;
    if (hits !== BATCH) throw new Error("a request of the benchmark has no route");
  }
  return (spentMs * 1e6) / MATCHES_PER_ROUND;
}

function measureCompile(): void {
  for (const shape of SHAPES) {
    const rules = rulesOf(shape, 10_000);
    const times = Array.from({ length: 5 }, () => {
      const started = performance.now();
      compileRoutes(rules);
      return performance.now() - started;
    });
    console.log(`  compile 10,000 ${shape.name.padEnd(16)} ${Math.min(...times).toFixed(0)} ms`);
  }
}

/** The path before and after the match. */
function measurePaths(): void {
  const hit = { value: 0, captures: null, matchedLength: 4 };
  const rewrite = compileRewrite(prefix("/two"), { kind: "prefix", to: "/" });
  if (!rewrite.ok) throw new Error(rewrite.error.detail);
  const cases: readonly (readonly [string, (path: string) => unknown, (index: number) => string])[] = [
    ["normalise, 30 plain bytes", normalisePath, (index) => `/two/users/${100_000 + index}/profile/x`],
    ["normalise, an escape", normalisePath, (index) => `/two/us%65rs/${100_000 + index}/pro%2file`],
    ["normalise, dot segments", normalisePath, (index) => `/two/a/../users/${100_000 + index}/./x`],
    [
      "rewrite a prefix",
      (path) => rewrite.value(path, "page=2", hit),
      (index) => `/two/users/${100_000 + index}`,
    ],
  ];
  for (const [name, call, make] of cases) {
    const paths = Array.from({ length: 1_000 }, (_, index) => received(make(index)));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS * 20; round++) {
      const started = performance.now();
      for (const path of paths) call(path);
      best = Math.min(best, ((performance.now() - started) * 1e6) / paths.length);
    }
    console.log(`  ${name.padEnd(28)} ${best.toFixed(0)} ns`);
  }
}

function compiled(shape: Shape, size: number): Router<number> {
  const router = compileRoutes(rulesOf(shape, size));
  if (!router.ok) throw new Error(JSON.stringify(router.error[0]));
  return router.value;
}

function rulesOf(shape: Shape, size: number): RouteRule<number>[] {
  return Array.from({ length: size }, (_, index) => ({
    label: `bench/${index}`,
    value: index,
    match: { hosts: [], path: prefix("/"), methods: [], headers: [], query: [], ...shape.rule(index) },
  }));
}

/** For route number `route`: the strings are made anew each time. */
function requestFor(shape: Shape, route: number): RoutedRequest {
  const { host, path } = shape.request(route);
  const method = route % 2 === 0 ? "GET" : "POST";
  return { host: received(host), path: received(path), query: "", method, header: () => null };
}

/** A string as it comes from a socket: flat, one byte per character, not shared with a rule. */
function received(text: string): string {
  return new TextDecoder("latin1").decode(new TextEncoder().encode(text));
}

function prefix(template: string): PathPattern {
  return { kind: "prefix", template };
}

function pad(index: number): string {
  return String(index).padStart(5, "0");
}
