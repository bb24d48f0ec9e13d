/**
 * Which exchanges a log has a line for. Routes are the scope; within it status and sample choose, and what is slow
 * or has failed is written whatever they say, because that is what somebody will look for.
 */
import type { Random } from "../../base/random.ts";
import type { ExchangeRecord } from "../exchange-record.ts";

export interface LineFilter {
  /** Labels, or `shop/*` for all routes of a document; empty for all. */
  readonly routes: readonly string[];
  /** First and last status, both included; empty for all. */
  readonly statuses: readonly (readonly [first: number, last: number])[];
  /** The share that is written, from 0 to 1. */
  readonly sample: number;
  /** Written in any case when it took so long; `Infinity`: none. */
  readonly slowMs: number;
  /** Whether failures are written in any case. */
  readonly errors: boolean;
}

/** Null when every record has a line. */
export function compileFilter(
  filter: LineFilter,
  random: Random,
): ((record: ExchangeRecord) => boolean) | null {
  const { statuses, sample, slowMs, errors } = filter;
  const isOfRoute = routeTest(filter.routes);
  if (isOfRoute === null && statuses.length === 0 && sample >= 1) return null;
  const threshold = Math.round(sample * 0x1_0000_0000);
  return (record) => {
    if (isOfRoute !== null && !isOfRoute(record.route)) return false;
    if (errors && record.error !== null) return true;
    if (record.totalMs >= slowMs) return true;
    if (statuses.length > 0 && !isAmong(statuses, record.status)) return false;
    return threshold === 0x1_0000_0000 || random.nextUint32() < threshold;
  };
}

function routeTest(routes: readonly string[]): ((label: string | null) => boolean) | null {
  if (routes.length === 0) return null;
  const labels = new Set(routes);
  const documents = new Set(routes.filter((each) => each.endsWith("/*")).map((each) => each.slice(0, -1)));
  return (label) => {
    if (label === null) return false;
    return labels.has(label) || documents.has(label.slice(0, label.lastIndexOf("/") + 1));
  };
}

function isAmong(statuses: LineFilter["statuses"], status: number | null): boolean {
  if (status === null) return false;
  for (const [first, last] of statuses) if (status >= first && status <= last) return true;
  return false;
}
