/**
 * When a request may be sent again: pure rules, compiled with the route. That the next target is tried when one does
 * not accept, and that a kept connection that was dead is replaced, needs nobody's leave (attempts.ts); what stands
 * here is what an operator has allowed beyond that.
 */
import type { ErrorCode } from "../base/proxy-error.ts";
import type { Random } from "../base/random.ts";

/** What happened to an attempt, as the configuration calls it. */
export type RetryCondition = "connect" | "reset" | "refused_stream" | "timeout" | "malformed";

export interface RetryPolicy {
  /** Attempts in all, the first included. Targets that do not accept count once together. */
  readonly attempts: number;
  readonly conditions: ReadonlySet<RetryCondition>;
  /** Answers that count as failures while another attempt is allowed. */
  readonly statuses: ReadonlySet<number>;
  /** Methods that may be sent twice; null for all. */
  readonly methods: ReadonlySet<string> | null;
  /** So much of a body is kept to be sent again; the request of a longer one is not repeated. */
  readonly bodyBytes: number;
  /** From the end of the request to the head of the answer, for each attempt. `Infinity`: none. */
  readonly perTryMs: number;
  /** Before the second attempt; twice as long before each further one, up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Repetitions for each request to the upstream, on average: 0.2 for 20 %. */
  readonly budget: number;
}

/** Null for failures after which nothing is ever repeated. */
export function conditionOf(code: ErrorCode): RetryCondition | null {
  return CONDITIONS[code] ?? null;
}

/**
 * Between half of the step and all of it, so that clients that failed together do not come back together.
 * @param repetition 1 for the second attempt
 */
export function backoffMs(policy: RetryPolicy, repetition: number, random: Random): number {
  const stepMs = Math.min(policy.backoffMs * 2 ** (repetition - 1), policy.maxBackoffMs);
  return stepMs * (0.5 + random.nextUint32() / 2 ** 33);
}

const CONDITIONS: Partial<Record<ErrorCode, RetryCondition>> = {
  "upstream.name_not_found": "connect",
  "upstream.refused": "connect",
  "upstream.unreachable": "connect",
  "upstream.connect_timeout": "connect",
  "upstream.closed_idle": "reset",
  "upstream.reset_before_head": "reset",
  "upstream.closed_before_head": "reset",
  "upstream.refused_stream": "refused_stream",
  "upstream.response_timeout": "timeout",
  "upstream.try_timeout": "timeout",
  "upstream.malformed": "malformed",
};
