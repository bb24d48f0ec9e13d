/**
 * Whatever the bytes: a configuration or findings, within seconds, never an exception; and every finding
 * points into the text. Three kinds of input: bytes of no sense, YAML-shaped text, and a valid configuration
 * with a few characters changed, which gets furthest into the checks. A find becomes a row in `PINNED`.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cpuTimeMs } from "../../src/base/test-support/cpu-time.ts";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { memoryFiles } from "./memory-files.ts";

const { PORTWARD_FUZZ_RUNS = "300" } = process.env;
const RUNS = Number(PORTWARD_FUZZ_RUNS);
/** Loose: a quarter of it is usual for the worst of the pinned texts. */
const LIMIT_MS = 4000;

describe("the loader survives", () => {
  for (const [index, text] of pinned().entries()) {
    test(`pinned text ${index}`, async () => survives("a.yaml", new TextEncoder().encode(text)));
  }

  test("bytes of no sense", () => property(fc.uint8Array({ maxLength: 400 })));

  test("text shaped like YAML", () =>
    property(
      fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => encode(parts.join(""))),
    ));

  test("what is changed is valid before", async () => {
    const loaded = await loadConfiguration(["a.yaml"], memoryFiles({ "a.yaml": VALID }));
    expect(loaded.ok ? [] : loaded.error.map(({ message }) => message)).toEqual([]);
  });

  test("a valid configuration with changes", () =>
    property(fc.array(CHANGE, { minLength: 1, maxLength: 6 }).map(changed)));
});

function property(bytes: fc.Arbitrary<Uint8Array>): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.constantFrom("a.yaml", "a.json"), bytes, (file, content) => survives(file, content)),
    { numRuns: RUNS },
  );
}

async function survives(file: string, content: Uint8Array): Promise<void> {
  const started = cpuTimeMs();
  const loaded = await loadConfiguration([file], memoryFiles({ [file]: content }));
  expect(cpuTimeMs() - started).toBeLessThan(LIMIT_MS);
  const findings = loaded.ok ? loaded.value.warnings : loaded.error;
  expect(loaded.ok || findings.some(({ severity }) => severity === "error")).toBe(true);
  const lines = new TextDecoder().decode(content).split("\n");
  for (const { origin, excerpt } of findings) {
    expect(origin.line).toBeLessThanOrEqual(lines.length);
    if (excerpt !== null) expect(excerpt.caret).toBeLessThanOrEqual(excerpt.text.length);
  }
  expect(renderDiagnostics(findings)).not.toContain("\u001b");
}

interface Change {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

function changed(changes: readonly Change[]): Uint8Array {
  let text: string = VALID;
  for (const { at, removed, inserted } of changes) {
    const start = at % text.length;
    text = text.slice(0, start) + inserted + text.slice(start + removed);
  }
  return encode(text);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pinned(): string[] {
  return [
    "[".repeat(100_000),
    "{a: ".repeat(20_000),
    "- ".repeat(20_000),
    "? ".repeat(20_000),
    "&a ".repeat(5000),
    `"${"x".repeat(100_000)}`,
    `routes: [${"{}, ".repeat(20_000)}]`,
    `routes: ${"x".repeat(200_000)}`,
    `${"a: 1\n".repeat(20_000)}`,
    `a: &a [${"x, ".repeat(1000)}]\nb: [${"*a, ".repeat(5000)}]`,
    "constructor: 1\ntoString: 2\nhasOwnProperty: 3\n__proto__: 4",
    "routes: [&r { listen: 5000, path: / }, *r, { listen: 5000, path: /, upstream: &u no }, { <<: *r, upstream: *u }]",
    "routes: [{ constructor: 1, toString: {}, headers: { constructor: x, __proto__: y } }]",
    "upstreams: { constructor: { targets: [] }, toString: 1 }\nroutes: [{ listen: valueOf, upstream: hasOwnProperty, path: / }]",
    "%YAML 1.1\n---\nname: yes\n",
    "%TAG ! tag:x,2000:\n---\n!a b",
    "\u2028\ud800",
    "a: |\n  x\n b: >-",
    "...",
    "--- |\n---\n--- >",
    "*a : b",
    "<<: *x",
    "include: a.yaml",
    'include: ["*", "**", "[", "{a,", "/", ""]',
    `name: ${"$".concat("{A}").repeat(5000)}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how people write it
    'a: &a ["${X}", "${file:a.yaml}", "${"]\nb: [*a, *a]\nsettings: { secrets: [X, 5, {}] }',
    `routes: [{ listen: 5000, path: { regex: '${"(a|b)*".repeat(60)}$c' }, respond: {} }]`,
    "routes: [{ listen: 80, path: /a, redirect: { to: /a } }, { listen: 80, path: /b/, targets: [localhost:80] }]",
  ];
}

const VALID = String.raw`name: shop
settings: { trusted_proxies: [10.0.0.0/8], limits: { head: 16KiB }, timeouts: { idle: 5m }, drain: 5s }
listeners:
  web: { address: "127.0.0.1:5000" }
upstreams:
  api: &api
    targets: [ "10.0.0.1:3000", { host: "::1", port: 3000, weight: 2 }, unix:/run/a.sock ]
    balance: p2c
  copy: { <<: *api }
routes:
  - kind: http
    listen: [web, 5001]
    host: [shop.example, "*.shop.example"]
    path: /users/{id}/{*rest}
    methods: [GET, POST]
    headers: { x-canary: "1", accept: { regex: "json|xml" } }
    query: { debug: { present: true } }
    rewrite: "/v2/{id}?a=b"
    upstream: api
  - { listen: 5001, path: { regex: '^/v(?<v>\d+)/' }, rewrite: { regex: '/(.*)', to: '/$1' }, targets: ["a.example:80"] }
  - { listen: 5001, path: { exact: /old }, redirect: { to: "https://{host}/new?{query}", status: 308 } }
  - { listen: 5001, path: /rest/, redirect: { to: "/${"$"}{A:-home}/x" } }
  - { listen: 5001, path: { regex: '^/w[0-9]/' }, targets: ["localhost:5002"] }
  - { listen: 5001, path: /hello, respond: { status: 200, headers: { x-a: [b, c] }, body: "hi" } }
  - { kind: tcp, listen: "[::1]:4000", upstream: copy, reconnect: { every: 1s, attempts: 2 } }
tests:
  - { request: "GET http://shop.example/users/1/a", expect: { route: shop/0 } }
`;

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is how people write it
const FRAGMENTS = [
  ..."{}[],:-?&*!|>%@`'\"#\n \t0~",
  "\n  ",
  "\n- ",
  ": ",
  "<<: ",
  "*a",
  "&a ",
  "---\n",
  "...\n",
  "!!str ",
  "|\n  ",
  "routes:\n",
  "- listen: 5000\n",
  "path: /",
  "spec",
  "targets: [",
  "upstreams: {",
  "null",
  "true",
  "0777",
  "on",
  "1e999",
  "5s",
  "name: a\n",
  "include: [a.yaml]\n",
  "${",
  "${A:-b}",
  "$${",
  "${file:a.yaml}",
  "y: ",
  "0o17",
  "22:22",
  "é",
  "😀",
];

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

const CHANGE: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(4000),
  removed: fc.nat(8),
  inserted: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 5 })),
});
