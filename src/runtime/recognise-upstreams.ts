/**
 * Finds the upstreams of a new configuration again among those that serve. Those that nobody has touched, the very model
 * of the very route, are seen at a glance and need nothing; of all others it is told which is which.
 */
import type { Steps } from "../base/steps.ts";
import type { Configuration, UpstreamModel } from "../config/model.ts";
import { pairUpstreams } from "./pair-upstreams.ts";
import type { UpstreamEntry } from "./prepared-upstream.ts";
import { type KeySurroundings, keySurroundings, type UpstreamKey, upstreamKeys } from "./upstream-keys.ts";

/** Those that serve, and among what they were recognised. */
export interface PresentUpstreams {
  readonly entries: readonly UpstreamEntry[];
  readonly around: KeySurroundings;
}

export interface RecognisedUpstream {
  readonly model: UpstreamModel;
  readonly key: UpstreamKey;
  /** Null: none that serves. */
  readonly entry: UpstreamEntry | null;
  readonly isUntouched: boolean;
}

/** @param steady whether one that is untouched may be left as it is */
export function* recogniseUpstreams(
  configuration: Configuration,
  present: PresentUpstreams,
  steady: boolean,
): Steps<{ readonly all: readonly RecognisedUpstream[]; readonly around: KeySurroundings }> {
  const { upstreams } = configuration;
  const around = keySurroundings(configuration);
  yield;
  const untouched = steady ? yield* untouchedUpstreams(upstreams, present, around) : NONE;
  const others = upstreams.filter((model) => !untouched.has(model));
  const taken = new Set(untouched.values());
  const left = present.entries.filter((entry) => !taken.has(entry));
  const keys = yield* upstreamKeys(others, around);
  const pairs = yield* pairUpstreams(left, keys);
  let index = 0;
  const all: RecognisedUpstream[] = [];
  yield;
  for (const model of upstreams) {
    const entry = untouched.get(model);
    if (entry !== undefined) {
      all.push({ model, key: entry.key, entry, isUntouched: true });
      continue;
    }
    all.push({ model, key: keys[index]!, entry: pairs.get(index) ?? null, isUntouched: false });
    index++;
  }
  return { all, around };
}

/** With TLS a certificate may be another one although its name is the same, so those are looked at. */
function* untouchedUpstreams(
  upstreams: readonly UpstreamModel[],
  { entries, around: before }: PresentUpstreams,
  around: KeySurroundings,
): Steps<ReadonlyMap<UpstreamModel, UpstreamEntry>> {
  const untouched = new Map<UpstreamModel, UpstreamEntry>();
  if (entries.length === 0 || !Bun.deepEquals(before.places, around.places)) return untouched;
  const wanted = new Set(upstreams);
  for (const entry of entries) {
    yield;
    const { model, hasRoom } = entry;
    const isSame = before.owners.get(model.name) === around.owners.get(model.name);
    if (isSame && hasRoom && model.tls === null && wanted.has(model)) untouched.set(model, entry);
  }
  return untouched;
}

const NONE: ReadonlyMap<UpstreamModel, UpstreamEntry> = new Map();
