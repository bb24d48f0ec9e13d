/** `retry` to the model: a route's own keys over the settings', and those over the defaults. */
import { IDEMPOTENT_METHODS } from "../../exchange/attempts.ts";
import type { RetryModel } from "../model.ts";
import { DEFAULT_RETRY, type RetrySettings, type RouteRetry } from "../schema/retry.ts";

export function settingsRetryModel(input: RetrySettings | "off"): RetryModel | null {
  return input === "off" ? null : modelOf(input);
}

/** @param own undefined: the route says nothing */
export function routeRetryModel(settings: RetryModel | null, own: RouteRetry | undefined): RetryModel | null {
  if (own === undefined) return settings;
  if (own === "off") return null;
  const base = settings ?? modelOf(DEFAULT_RETRY);
  return {
    attempts: own.attempts ?? base.attempts,
    after: own.after === undefined ? base.after : sorted(own.after),
    statuses: own.statuses === undefined ? base.statuses : sorted(own.statuses),
    methods: own.methods === undefined ? base.methods : methodsOf(own.methods),
    bodyBytes: own.body ?? base.bodyBytes,
    perTryMs: own.per_try ?? base.perTryMs,
    backoffMs: own.backoff ?? base.backoffMs,
    maxBackoffMs: own.max_backoff ?? base.maxBackoffMs,
    budget: own.budget ?? base.budget,
  };
}

function modelOf(input: RetrySettings): RetryModel {
  return {
    attempts: input.attempts,
    after: sorted(input.after),
    statuses: sorted(input.statuses),
    methods: methodsOf(input.methods),
    bodyBytes: input.body,
    perTryMs: input.per_try,
    backoffMs: input.backoff,
    maxBackoffMs: input.max_backoff,
    budget: input.budget,
  };
}

/** Null for all methods. */
function methodsOf(words: readonly string[]): readonly string[] | null {
  if (words.includes("any")) return null;
  return sorted(words.flatMap((word) => (word === "idempotent" ? IDEMPOTENT_METHODS : [word])));
}

/** The order in which a set was written means nothing. */
function sorted<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
