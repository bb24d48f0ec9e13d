/**
 * Loading with the memory of former loads against loading anew: after any edits the outcome is the same, models, places,
 * findings and all; and what was left alone is the very object that it was.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ConfigurationMemory } from "../../src/config/configuration-memory.ts";
import type { LoadedConfiguration } from "../../src/config/load.ts";
import { outlineOf } from "../../src/config/outline.ts";
import { loadTested } from "../../src/explain/load-tested.ts";
import { memoryFiles } from "./memory-files.ts";

const { PORTWARD_FUZZ_RUNS = "150" } = process.env;

test("random edits of two files, one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit(), { minLength: 2, maxLength: 12 }), async (edits) => {
      const memory = new ConfigurationMemory();
      const site = new Site();
      for (const each of edits) {
        site.apply(each);
        await agree(site.files, memory);
      }
    }),
    { numRuns: Number(PORTWARD_FUZZ_RUNS) },
  );
}, 60_000);

test("two documents had the same name: each route keeps its own targets", async () => {
  const memory = new ConfigurationMemory();
  const [one, other] = [plainRoute(0), plainRoute(1)].map((route) => `routes:\n${route}`);
  for (const name of ["twice", "once", "twice"]) {
    const files = { "a.yaml": `name: ${name}\n${one}`, "b.yaml": `name: twice\n${HEADS[0]}${other}` };
    const loaded = await agree(files, memory);
    expect(loaded === null).toBe(name === "twice");
  }
});

describe("what was left alone is the same object", () => {
  const lines = Array.from({ length: 6 }, (_, index) => plainRoute(index));

  test("where one route changed", async () => {
    const [before, after] = await inTurn(lines, lines.with(2, plainRoute(20)));
    expect(sameRoutes(before, after)).toEqual([true, true, false, true, true, true]);
    expect(sameUpstreams(before, after)).toEqual([true, true, false, true, true, true]);
  });

  test("behind one that was taken out only what the text says is", async () => {
    const [before, after] = await inTurn(lines, lines.toSpliced(2, 1));
    expect(sameRoutes(before, after)).toEqual([true, true, false, false, false]);
    expect(after.configuration.routes[2]!.origin.line).toBe(before.configuration.routes[2]!.origin.line);
  });

  test("with another timeout for all, none", async () => {
    const [before, after] = await inTurn(lines, lines, "settings: { timeouts: { response: 9s } }\n");
    expect(sameRoutes(before, after).includes(true)).toBe(false);
  });
});

async function inTurn(first: readonly string[], second: readonly string[], settings = "settings: {}\n") {
  const memory = new ConfigurationMemory();
  const before = await agree({ "a.yaml": `${HEADS[0]!}settings: {}\nroutes:\n${first.join("")}` }, memory);
  const after = await agree({ "a.yaml": `${HEADS[0]!}${settings}routes:\n${second.join("")}` }, memory);
  return [before!, after!] as const;
}

function sameRoutes(before: LoadedConfiguration, after: LoadedConfiguration): boolean[] {
  return after.configuration.routes.map((route, index) => route === before.configuration.routes[index]);
}

function sameUpstreams(before: LoadedConfiguration, after: LoadedConfiguration): boolean[] {
  return after.configuration.upstreams.map((each, index) => each === before.configuration.upstreams[index]);
}

/** What was loaded with the memory, or null. */
async function agree(
  files: Readonly<Record<string, string>>,
  memory: ConfigurationMemory,
): Promise<LoadedConfiguration | null> {
  const access = memoryFiles(files, { PORT: "81" });
  const paths = Object.keys(files);
  const [remembered, anew] = [await loadTested(paths, access, memory), await loadTested(paths, access)];
  const said = JSON.stringify(files);
  expect(shown(remembered), said).toEqual(shown(anew));
  return remembered.ok ? remembered.value : null;
}

function shown(outcome: Awaited<ReturnType<typeof loadTested>>): unknown {
  if (!outcome.ok) return outcome.error;
  const { configuration, tests, warnings, provenance, secrets } = outcome.value;
  return { configuration, tests, warnings, outline: outlineOf(provenance, secrets) };
}

interface Edit {
  readonly kind: "put" | "insert" | "remove" | "move" | "head" | "upstreams";
  readonly file: 0 | 1;
  readonly at: number;
  readonly text: string;
}

function edit(): fc.Arbitrary<Edit> {
  const kinds = ["put", "put", "insert", "insert", "remove", "move", "head", "upstreams"] as const;
  return fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      file: fc.constantFrom(0, 1),
      at: fc.nat(11),
      text:
        kind === "head"
          ? fc.constantFrom(...HEADS)
          : kind === "upstreams"
            ? fc.constantFrom(...UPSTREAMS)
            : route(),
    }),
  );
}

/** Two files with routes, of which one has all the rest. */
class Site {
  #head = HEADS[0]!;
  #upstreams = UPSTREAMS[0]!;
  readonly #routes: readonly [string[], string[]] = [
    Array.from({ length: 8 }, (_, index) => plainRoute(index)),
    [plainRoute(30), plainRoute(31)],
  ];

  get files(): Readonly<Record<string, string>> {
    const [first, second] = this.#routes;
    return {
      "a.yaml": `${this.#head}${listOf("routes", first)}${this.#upstreams}`,
      "b.yaml": listOf("spec", second) || "name: b\n",
    };
  }

  apply({ kind, file, at, text }: Edit): void {
    const routes = this.#routes[file];
    const index = routes.length === 0 ? 0 : at % routes.length;
    if (kind === "head") this.#head = text;
    else if (kind === "upstreams") this.#upstreams = text;
    else if (kind === "put") routes.splice(index, 1, text);
    else if (kind === "insert") routes.splice(index, 0, text);
    else if (kind === "remove") routes.splice(index, 1);
    else routes.push(...routes.splice(index, 1));
  }
}

function listOf(key: string, routes: readonly string[]): string {
  return routes.length === 0 ? "" : `${key}:\n${routes.join("")}`;
}

function plainRoute(index: number): string {
  return `  - { listen: web, host: h${index % 3}.example, path: /p${index}, targets: ["10.0.0.${index + 1}:80"] }\n`;
}

function route(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.nat(40).map(plainRoute) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...ROUTES)
        .chain((text) => fc.nat(4).map((digit) => text.replaceAll("#", String(digit)))),
    },
  );
}

const HEADS = [
  'listeners: { web: { address: "127.0.0.1:8080" } }\n',
  'name: shop\nsettings: { timeouts: { response: 5s }, retry: off }\nlisteners: { web: { address: "127.0.0.1:8080" } }\n',
  'settings: { limits: { body: 1MiB } }\nlisteners:\n  web: { address: "127.0.0.1:8080" }\n  more: { address: "127.0.0.1:8081" }\n',
  'settings: { timeouts: { respond: 5s } }\nlisteners: { web: { address: "127.0.0.1:8080" } }\n',
  'listeners: { web: { address: "127.0.0.1:80" } }\n# a comment\n\n',
  "listeners: {}\n",
  // As the other file is called that has no name of its own.
  'name: b\nlisteners: { web: { address: "127.0.0.1:8080" } }\n',
];
const UPSTREAMS = [
  'upstreams:\n  api: { targets: ["10.1.0.1:80"] }\n  other: { targets: ["10.1.0.2:80"], protocol: h2 }\n',
  'upstreams:\n  api: { targets: ["10.1.0.1:80"], protocol: h2 }\n  other: { targets: ["10.1.0.2:80"] }\n',
  'upstreams: { api: { targets: ["10.1.0.1:80", "10.1.0.1:80"] } }\n',
  "# none\n",
  'upstreams: { api: { targets: ["10.1.0.1:80"] } }\ntests:\n  - { request: "GET http://h0.example/p0", expect: { status: 404 } }\n  - { request: "GET http://h1.example/p1", expect: { upstream: api } }\n',
];
/** `#` stands for a digit. Some have mistakes, or something to be told. */
const ROUTES = [
  "  - listen: web\n    host: h#.example\n    path: /block#\n    upstream: api\n",
  "  - listen: web\n    host: h#.example\n    # a comment\n    path: /block#\n\n    targets:\n      - 10.0.1.#:80\n",
  "  - { listen: [web, more], host: h#.example, path: /two, upstream: other }\n",
  "  - { listen: web, host: h#.example, path: /p#, targets: [] }\n",
  "  - { listen: web, host: h#.example, path: /p#, target: [10.0.0.1:80] }\n",
  "  - { listen: web, host: h#.example, path: /p#/, targets: ['10.0.0.1:80', '10.0.0.1:80'] }\n",
  "  - { listen: web, host: h#.example, path: { regex: '^/x(?<v>[0-9]+)' }, rewrite: '/y/{v}', upstream: api }\n",
  "  - { listen: web, host: h#.example, path: { regex: '^/x[a-z]+' }, headers: { a: { regex: '^b' } }, upstream: api }\n",
  "  - { listen: web, path: '/{user}/x', rewrite: '/{usr}', upstream: api }\n",
  "  - { listen: web, host: '*.example', path: '/r#', redirect: { to: '/r#' } }\n",
  "  - { listen: web, host: h#.example, path: /r#, redirect: { to: '/r1' } }\n",
  "  - { listen: web, host: h#.example, path: /self, targets: ['127.0.0.1:8080'] }\n",
  "  - { listen: 900#, kind: tcp, targets: ['10.0.0.1:5432'] }\n",
  "  - { listen: web, host: h#.example, path: /t#, targets: ['10.0.0.1:80'], timeouts: { connect: 9s, response: 3s } }\n",
  "  - { listen: web, host: h#.example, path: /split, upstream: api, split: { to: { other: '10%' } }, mirror: { upstream: other } }\n",
  "  - { listen: web, host: h#.example, path: /grpc, upstream: other, filters: [grpc_web] }\n",
  `  - { listen: web, host: h#.example, path: /env, targets: ['10.0.0.1:\${PORT}'] }\n`,
  "  - { listen: web, host: h#.example, path: /fixed, respond: { status: 20#, body: no } }\n",
  "  - { listen: web, host: no, path: /p#, upstream: api, }\n",
  "  - { listen: web, host: h#.example, path: &x /p#, upstream: api }\n",
  "  - [ listen\n",
  "  - text\n",
];
