import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseConfiguration } from "../config/load.ts";
import type { Configuration, HttpRouteModel } from "../config/model.ts";
import { CLONE, FrameReader } from "./channel/frames.ts";
import { type ConfigurationPart, GatheredConfiguration } from "./configuration-parts.ts";
import { Parceller } from "./parcel.ts";

const BOTH = configurationOf([
  "settings: { timeouts: { idle: 7s } }",
  "listeners: { web: { address: '127.0.0.1:80' }, raw: { address: '127.0.0.1:81' } }",
  "upstreams: { spare: { targets: ['127.0.0.1:9'] } }",
  "routes:",
  "  - { kind: tcp, listen: raw, upstream: spare }",
  ...Array.from(
    { length: 600 },
    (_, i) => `  - { listen: web, path: /${i}, targets: ["10.0.0.1:${i + 1}"] }`,
  ),
  "  - { listen: web, path: /own, targets: ['127.0.0.1:700'], timeouts: { idle: 1m }, limits: { body: 1MiB } }",
]);
const EMPTY = configurationOf(["routes: [ { listen: 80, path: /, respond: { status: 204 } } ]"]);

for (const [name, configuration] of [
  ["hundreds of routes", BOTH],
  ["hardly any", EMPTY],
] as const) {
  test(`a configuration with ${name} arrives as it was sent`, () => {
    expect(new Line().send(configuration)).toEqual(configuration);
  });
}

test("routes that say nothing themselves have the limits and timeouts of the settings, the very same ones", () => {
  const { routes, settings } = new Line().send(BOTH);
  const http = routes.filter((route): route is HttpRouteModel => route.kind === "http");
  const plain = http.filter(
    ({ limits, timeouts }) => limits === settings.limits && timeouts === settings.timeouts,
  );
  expect([http.length, plain.length]).toEqual([601, 600]);
});

test("what a supervisor has begun to send and given up is not mixed with what follows", () => {
  const gathered = new GatheredConfiguration();
  const parceller = new Parceller();
  for (const part of partsIn(parceller.parcel(BOTH).framesFor(new Set()).slice(0, 2))) gathered.add(part);
  const parcel = parceller.parcel(EMPTY);
  for (const part of partsIn(parcel.framesFor(new Set()))) gathered.add(part);
  expect(gathered.take()).toEqual(EMPTY);
});

test("no part holds a worker up for long", () => {
  const sizes = new Parceller()
    .parcel(BOTH)
    .framesFor(new Set())
    .map(({ length }) => length);
  expect(sizes.length).toBe(7);
  expect(Math.max(...sizes)).toBeLessThan(200_000);
});

test("of the next configuration only what is new is sent, and the rest is the same to the worker", () => {
  const line = new Line();
  const before = line.send(BOTH);
  const routes = BOTH.routes.with(300, { ...BOTH.routes[300]!, label: "another" });
  const settings = structuredClone(BOTH.settings);
  const after = line.send({ ...BOTH, settings, routes });
  expect(line.sent).toEqual(["common", "routes"]);
  const changed = after.routes.filter((route, index) => route !== before.routes[index]);
  expect([changed.length, after.upstreams.every((each, i) => each === before.upstreams[i])]).toEqual([
    250,
    true,
  ]);
  expect(after.settings.limits).toBe(before.settings.limits);
});

test("whatever is put in and taken out, what arrives is what was sent", () => {
  const edits = fc.array(fc.tuple(fc.nat(600), fc.nat(300), fc.nat(300), fc.boolean()), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(edits, (all) => {
      const line = new Line();
      let configuration = BOTH;
      for (const [at, removed, added, elsewhere] of all) {
        const fresh = BOTH.routes.slice(0, added).map((route) => ({ ...route }));
        const routes = configuration.routes.toSpliced(at, removed, ...fresh);
        const upstreams = elsewhere
          ? configuration.upstreams.toSpliced(at, removed)
          : configuration.upstreams;
        configuration = { ...configuration, routes, upstreams };
        expect(line.send(configuration)).toEqual(configuration);
      }
    }),
    { numRuns: 40 },
  );
});

/** From one supervisor to one worker. */
class Line {
  /** Of the last configuration, by their types. */
  sent: string[] = [];
  readonly #parceller = new Parceller();
  readonly #gathered = new GatheredConfiguration();
  #held: ReadonlySet<number> = new Set();

  send(configuration: Configuration): Configuration {
    const parcel = this.#parceller.parcel(configuration);
    const parts = partsIn(parcel.framesFor(this.#held));
    this.#held = parcel.ids;
    this.sent = parts.map(({ type }) => type);
    for (const part of parts) this.#gathered.add(part);
    return this.#gathered.take();
  }
}

function configurationOf(lines: readonly string[]): Configuration {
  const loaded = parseConfiguration("test.yaml", lines.join("\n"));
  if (!loaded.ok) throw new Error(loaded.error[0]!.message);
  return loaded.value.configuration;
}

function partsIn(frames: readonly Buffer[]): ConfigurationPart[] {
  const reader = new FrameReader(CLONE);
  for (const frame of frames) reader.push(frame);
  const parts: ConfigurationPart[] = [];
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    if (typeof frame === "string") throw new Error(frame);
    parts.push(frame.value as ConfigurationPart);
  }
  return parts;
}
