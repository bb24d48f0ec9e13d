/** The model grows. Whatever it gets, a difference in it is told, if only under its own name. */
import { expect, test } from "bun:test";
import { type LoadedConfiguration, parseConfiguration } from "../../config/load.ts";
import type { Configuration } from "../../config/model.ts";
import { Samples } from "../samples.ts";
import { Side } from "../side.ts";
import type { ConfigurationChanges } from "./change.ts";
import { compareConfigurations } from "./compare-configurations.ts";

const PARSED = parseConfiguration(
  "a.yaml",
  `
upstreams: { api: { targets: ["10.0.0.1:80"] } }
routes:
  - { listen: 80, path: /, upstream: api }
  - { listen: 80, path: /b, redirect: { to: / } }
  - { kind: tcp, listen: 81, targets: ["10.0.0.2:80"] }
`,
);
if (!PARSED.ok) throw new Error(PARSED.error[0]?.message);
const LOADED: LoadedConfiguration = PARSED.value;

type Part = Record<string, unknown>;

/** Adds a key that nobody knows yet to the first part of a kind. */
const GROWN: readonly (readonly [
  what: string,
  section: keyof ConfigurationChanges,
  grow: (model: Part) => Part,
])[] = [
  [
    "a setting",
    "settings",
    (model) => ({ ...model, settings: { ...(model["settings"] as Part), novel: [1] } }),
  ],
  [
    "a group of settings",
    "settings",
    (model) => ({ ...model, settings: { ...(model["settings"] as Part), novel: { deep: true } } }),
  ],
  [
    "a listener",
    "listeners",
    (model) => withFirst(model, "listeners", (each) => ({ ...each, novel: { a: 1 } })),
  ],
  ["an upstream", "upstreams", (model) => withFirst(model, "upstreams", (each) => ({ ...each, novel: "x" }))],
  [
    "a target",
    "upstreams",
    (model) =>
      withFirst(model, "upstreams", (each) =>
        withFirst(each, "targets", (target) => ({ ...target, novel: 1 })),
      ),
  ],
  ["a route", "routes", (model) => withFirst(model, "routes", (each) => ({ ...each, novel: ["x"] }))],
  [
    "a condition",
    "routes",
    (model) =>
      withFirst(model, "routes", (each) => ({ ...each, match: { ...(each["match"] as Part), novel: 1 } })),
  ],
  [
    "an action",
    "routes",
    (model) =>
      withFirst(model, "routes", (each) => ({ ...each, action: { ...(each["action"] as Part), novel: 1 } })),
  ],
];

for (const [what, section, grow] of GROWN) {
  test(`${what} with a key that nobody knows yet`, () => {
    const changes = compare(LOADED, { ...LOADED, configuration: grow(model()) as unknown as Configuration });
    const sections = Object.entries(changes).filter(([, found]) => found.length > 0);
    expect(sections.map(([name, found]) => [name, found.length])).toEqual([[section, 1]]);
  });
}

test("each setting, one after the other", () => {
  for (const [path, changed] of eachSetting(model()["settings"] as Part)) {
    const configuration = { ...LOADED.configuration, settings: changed } as unknown as Configuration;
    const { settings } = compare(LOADED, { ...LOADED, configuration });
    expect([path, settings.length]).toEqual([path, 1]);
  }
});

test("places are no part of it", () => {
  const configuration = moved(model()) as unknown as Configuration;
  expect(Object.values(compare(LOADED, { ...LOADED, configuration })).flat()).toEqual([]);
});

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== "object" || value === null) return value;
  const place = { file: "b.yaml", line: 99, column: 1 };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === "origin" ? place : moved(inner)]),
  );
}

function model(): Part {
  return LOADED.configuration as unknown as Part;
}

function compare(before: LoadedConfiguration, after: LoadedConfiguration): ConfigurationChanges {
  return compareConfigurations(new Side(before), new Side(after), new Samples()).changes;
}

function withFirst(part: Part, key: string, change: (first: Part) => Part): Part {
  const [first, ...rest] = part[key] as Part[];
  return { ...part, [key]: [change(first!), ...rest] };
}

/** With one value, on whichever level, made another. */
function* eachSetting(settings: Part): Generator<[path: string, changed: Part]> {
  for (const [key, value] of Object.entries(settings)) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || "kind" in value) {
      yield [key, { ...settings, [key]: key === "accessLogs" ? [ANOTHER_LOG] : other(value) }];
      continue;
    }
    for (const [inner, each] of Object.entries(value)) {
      yield [`${key}.${inner}`, { ...settings, [key]: { ...value, [inner]: other(each) } }];
    }
  }
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value === 7 ? 8 : 7;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return `${value}x`;
  return Array.isArray(value) ? [...value, "192.0.2.7"] : { kind: "file", path: "/other" };
}

const ANOTHER_LOG = {
  to: { kind: "stdout" },
  format: null,
  requestFields: [],
  answerFields: [],
  only: { routes: [], statuses: [], sample: 1, slowMs: Number.POSITIVE_INFINITY, errors: true },
};
