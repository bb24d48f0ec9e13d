/**
 * What would this change do? The two models are compared first, then both are asked about requests: made out of the
 * configurations, and recorded ones. Nothing is bound, resolved or sent.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { AskedRequest } from "./asked-request.ts";
import { boundaryCases } from "./boundary/boundary-cases.ts";
import { BothSides } from "./difference/ask-both.ts";
import type { Plan } from "./plan.ts";
import { Samples } from "./samples.ts";
import { type LoadedSide, Side } from "./side.ts";
import { hasChanges } from "./structure/change.ts";
import { compareConfigurations } from "./structure/compare-configurations.ts";
import { Placement } from "./traffic/placement.ts";
import { readTraffic } from "./traffic/read-traffic.ts";
import { TrafficTally } from "./traffic/traffic-report.ts";

/**
 * A record of requests: a file, or what a running instance says of its recent ones.
 */
export interface TrafficSource {
  /** For messages. */
  readonly name: string;
  pieces(): AsyncIterable<Uint8Array>;
}

export interface PlanOptions {
  readonly traffic: readonly TrafficSource[];
  /** For records that do not name a host; null: each host that the configurations name. */
  readonly host: string | null;
}

/** @returns why a record of traffic cannot be used, as the error */
export async function makePlan(
  old: LoadedSide,
  fresh: LoadedSide,
  options: PlanOptions,
): Promise<Result<Plan, string>> {
  const [before, after] = [new Side(old), new Side(fresh)];
  const samples = new Samples();
  const comparison = compareConfigurations(before, after, samples);
  const both = new BothSides(before, after, comparison.routes);
  const isBoundaryCut = askDistinct(boundaryCases(before, after, comparison, samples), both);
  const placement = new Placement(before, after, options.host);
  const traffic: TrafficTally[] = [];
  for (const source of options.traffic) {
    const tally = await askTraffic(source, placement, both);
    if (!tally.ok) return tally;
    traffic.push(tally.value);
  }
  const { asked, different } = both;
  const assumed = {
    hosts: placement.hosts,
    listeners: placement.sockets.map(({ key }) => key),
    isCut: placement.isCut,
  };
  const requests = { asked, different, groups: both.groups(), traffic, assumed, isBoundaryCut };
  return ok({ before, after, changes: comparison.changes, requests });
}

/** Whether anything would be different once the change is live. */
export function wouldChange({ changes, requests }: Plan): boolean {
  return hasChanges(changes) || requests.groups.length > 0;
}

/** @returns whether there were more than are asked */
function askDistinct(cases: Iterable<AskedRequest>, both: BothSides): boolean {
  const seen = new Set<string>();
  for (const each of cases) {
    const { socket, method, url, headers, from } = each;
    const key = [socket.key, method, url.authority, url.target, from, ...headers.flat()].join("\n");
    if (seen.has(key)) continue;
    if (seen.size >= MOST_BOUNDARY_CASES) return true;
    seen.add(key);
    both.ask(each, "boundary");
  }
  return false;
}

async function askTraffic(
  { name, pieces }: TrafficSource,
  placement: Placement,
  both: BothSides,
): Promise<Result<TrafficTally, string>> {
  const tally = new TrafficTally(name, (request) => {
    const places = placement.place(request);
    for (const asked of places.asked) both.ask(asked, "traffic");
    return places;
  });
  const fault = await read(pieces, tally);
  if (fault !== null) return err(`${name}: ${fault}`);
  const { requests, others, unreadable, examples } = tally;
  if (requests + others > 0 || unreadable === 0) return ok(tally);
  const [first] = examples;
  return err(`${name}: nothing in it is a record of a request (${first?.where}: ${first?.reason})`);
}

async function read(pieces: TrafficSource["pieces"], tally: TrafficTally): Promise<string | null> {
  try {
    return await readTraffic(pieces(), tally);
  } catch (thrown) {
    // The file system's own words; a mistake of ours has no code and is not hidden.
    if (thrown instanceof Error && "code" in thrown) return `it cannot be read (${String(thrown.code)})`;
    throw thrown;
  }
}

/** Half a second of work, some thousand routes. */
const MOST_BOUNDARY_CASES = 50_000;
