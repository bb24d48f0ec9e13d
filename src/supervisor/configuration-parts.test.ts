import { expect, test } from "bun:test";
import { parseConfiguration } from "../config/load.ts";
import type { Configuration, HttpRouteModel } from "../config/model.ts";
import { CLONE, FrameReader } from "./channel/frames.ts";
import { type ConfigurationPart, framesOf, GatheredConfiguration } from "./configuration-parts.ts";

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
    const gathered = new GatheredConfiguration();
    for (const part of sent(configuration)) gathered.add(part);
    expect(gathered.take()).toEqual(configuration);
  });
}

test("routes that say nothing themselves have the limits and timeouts of the settings, the very same ones", () => {
  const gathered = new GatheredConfiguration();
  for (const part of sent(BOTH)) gathered.add(part);
  const { routes, settings } = gathered.take();
  const http = routes.filter((route): route is HttpRouteModel => route.kind === "http");
  const plain = http.filter(
    ({ limits, timeouts }) => limits === settings.limits && timeouts === settings.timeouts,
  );
  expect([http.length, plain.length]).toEqual([601, 600]);
});

test("what a supervisor has begun to send and given up is not mixed with what follows", () => {
  const gathered = new GatheredConfiguration();
  for (const part of sent(BOTH).slice(0, 2)) gathered.add(part);
  for (const part of sent(EMPTY)) gathered.add(part);
  expect(gathered.take()).toEqual(EMPTY);
});

test("no part holds a worker up for long", () => {
  const sizes = framesOf(BOTH).map(({ length }) => length);
  expect(sizes.length).toBe(4);
  expect(Math.max(...sizes)).toBeLessThan(400_000);
});

function configurationOf(lines: readonly string[]): Configuration {
  const loaded = parseConfiguration("test.yaml", lines.join("\n"));
  if (!loaded.ok) throw new Error(loaded.error[0]!.message);
  return loaded.value.configuration;
}

function sent(configuration: Configuration): ConfigurationPart[] {
  const reader = new FrameReader(CLONE);
  for (const frame of framesOf(configuration)) reader.push(frame);
  const parts: ConfigurationPart[] = [];
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    if (typeof frame === "string") throw new Error(frame);
    parts.push(frame.value as ConfigurationPart);
  }
  return parts;
}
