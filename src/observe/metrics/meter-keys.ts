/**
 * The names of the rows that metrics are kept in: what a row is about, and its labels. They are all that the process
 * which shows the metrics knows of those that count, so they say it all.
 */
import type { CellRow, RowKind } from "../../base/cell-rows.ts";
import { SOURCE_RATES_CELLS } from "../../base/source-rates.ts";
import { CERTIFICATE_CELLS } from "./certificate-meter.ts";
import { EXPOSED_BOUNDS, UPPER_BOUNDS_MS } from "./duration-scale.ts";
import { JOINT_TARGET, JOINT_UPSTREAM } from "./joint-places.ts";
import { ENDING_RULES, ERROR_CODES, METHODS, STATUS_CLASSES } from "./label-words.ts";
import { LISTENER_CELLS, LISTENER_NOW_CELLS } from "./listener-meter.ts";
import { INSTANCE_CELLS, INSTANCE_NOW_CELLS, PROCESS_CELLS, PROCESS_NOW_CELLS } from "./process-meter.ts";
import { ROUTE_CELLS, TUNNEL_CELLS } from "./route-meter.ts";
import { OUT_REASONS, TARGET_CELLS, TARGET_NOW_CELLS, UPSTREAM_NOW_CELLS } from "./target-meter.ts";

interface MeterShape {
  readonly kind: RowKind;
  readonly cells: Readonly<Record<string, number>> & { readonly length: number };
  readonly labels: readonly string[];
}

export const METERS = {
  route: { kind: "counter", cells: ROUTE_CELLS, labels: ["listener", "route", "upstream"] },
  tunnel: { kind: "counter", cells: TUNNEL_CELLS, labels: ["listener", "route", "upstream"] },
  listener: { kind: "counter", cells: LISTENER_CELLS, labels: ["listener"] },
  listenerNow: { kind: "gauge", cells: LISTENER_NOW_CELLS, labels: ["listener"] },
  target: { kind: "counter", cells: TARGET_CELLS, labels: ["upstream", "target"] },
  targetNow: { kind: "gauge", cells: TARGET_NOW_CELLS, labels: ["upstream", "target"] },
  upstreamNow: { kind: "gauge", cells: UPSTREAM_NOW_CELLS, labels: ["upstream"] },
  handshakeRates: { kind: "common", cells: { length: SOURCE_RATES_CELLS }, labels: ["listener"] },
  certificateNow: { kind: "gauge", cells: CERTIFICATE_CELLS, labels: ["listener", "certificate"] },
  processNow: { kind: "gauge", cells: PROCESS_NOW_CELLS, labels: [] },
  process: { kind: "counter", cells: PROCESS_CELLS, labels: [] },
  instance: { kind: "common", cells: INSTANCE_CELLS, labels: [] },
  instanceNow: { kind: "common", cells: INSTANCE_NOW_CELLS, labels: [] },
} as const satisfies Record<string, MeterShape>;

export type MeterName = keyof typeof METERS;

export function meterKey(meter: MeterName, labels: readonly string[]): string {
  return [PREFIX, meter, ...labels].join(SEPARATOR);
}

/** Null for a row that is none of a metric's, or of a build whose cells mean something else. */
export function readMeterKey({
  key,
  length,
}: CellRow): { meter: MeterName; labels: readonly string[] } | null {
  const [prefix, meter, ...labels] = key.split(SEPARATOR);
  if (prefix !== PREFIX || meter === undefined || !Object.hasOwn(METERS, meter)) return null;
  const shape: MeterShape = METERS[meter as MeterName];
  if (shape.cells.length !== length || shape.labels.length !== labels.length) return null;
  return { meter: meter as MeterName, labels };
}

const WORDS = [ERROR_CODES, ENDING_RULES, METHODS, STATUS_CLASSES, OUT_REASONS, JOINT_TARGET, JOINT_UPSTREAM];

/** Control characters cannot stand in a name of the configuration. */
const SEPARATOR = "\u001f";

/** What the names of all such rows begin with. */
export const METER_KEYS = "meter-";

/**
 * Another build with other words, bounds or places has other rows, so that nothing is shown under the name of something
 * else when it takes over.
 */
const PREFIX = `${METER_KEYS}${fingerprint([WORDS, [...UPPER_BOUNDS_MS], EXPOSED_BOUNDS, METERS])}`;

function fingerprint(words: unknown): string {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(words)) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
