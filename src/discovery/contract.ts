/**
 * What finds targets while the proxy runs. A provider tells complete lists, never changes of one: whoever misses one
 * list is right again with the next.
 */
import type { Random } from "../base/random.ts";
import type { TargetInput } from "../config/schema/upstream.ts";

/** All targets of an upstream, as one source sees them now. */
export interface TargetList {
  /** The source's own word for this state: an index, an ETag, a serial. Equal lists may have different ones. */
  readonly version: string;
  readonly targets: readonly TargetInput[];
}

/** What keeps a source from being read, in words for an operator. Never a secret. */
export interface SourceProblem {
  /** `unreachable`: it does not answer; `refused`: it answers no; `nonsense`: it answers what is no list of targets. */
  readonly code: "unreachable" | "refused" | "nonsense";
  readonly message: string;
}

/** Thrown by providers: the source is asked again after a while. */
export class SourceError extends Error {
  readonly problem: SourceProblem;

  constructor(code: SourceProblem["code"], message: string) {
    super(message);
    this.problem = { code, message };
  }
}

export interface ProviderEvents {
  /** Also for a list that is the same as before: it shows that the source answers. */
  onTargets(list: TargetList): void;
  /** Something is wrong that need not begin anew: what was told before holds. */
  onProblem(problem: SourceProblem): void;
}

export interface ProviderTools {
  /** Whether the time passed without `stop`. */
  pause(ms: number, stop: AbortSignal): Promise<boolean>;
  readonly random: Random;
}

/**
 * Follows a source until `stop`, or throws; a `SourceError` for what the source does. Whatever it throws, it is begun
 * anew after a pause that grows.
 */
export type Provider<S> = (
  settings: S,
  events: ProviderEvents,
  tools: ProviderTools,
  stop: AbortSignal,
) => Promise<void>;
