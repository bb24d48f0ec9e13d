/** `retry`: when a request is sent again. In `settings` for all routes, and on a route over them. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { parseMethod } from "../values/header-field.ts";
import type { ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { OTHER_RETRY_KEYS } from "./other-words.ts";
import {
  about,
  choice,
  count,
  duration,
  durationOrOff,
  oneOrMore,
  share,
  sizeOrOff,
  textOf,
} from "./values.ts";

const METHOD_FORMS = "`idempotent`, `any`, a method or a list of methods";

const keys = {
  attempts: count(1, 10).describe(
    "Attempts in all, the first included. Targets that do not accept count once together.",
  ),
  after: oneOrMore(choice(["connect", "reset", "refused_stream", "timeout", "malformed"])).meta(
    about(
      "After what: no target accepted, the connection ended before the answer began, the target refused the stream, no head of an answer in time, an answer that breaks a rule of HTTP.",
      ["connect", "reset", "timeout"],
    ),
  ),
  statuses: noted(z.union([count(400, 599).transform((status) => [status]), z.array(count(400, 599))]), {
    expects: "a status from 400 to 599, or a list of them",
  }).meta(about("Answers that count as failures while another attempt is allowed.", 503, [502, 503, 504])),
  methods: oneOrMore(textOf(METHOD_FORMS, parseRetryMethod)).meta(
    about(
      "Which requests may be sent again once a target may have seen them: `idempotent` (RFC 9110 section 9.2.2), `any`, or a list.",
      "idempotent",
      ["GET", "POST"],
    ),
  ),
  body: sizeOrOff(0).describe(
    "So much of a request's body is kept to be sent again; a longer one, or any with `off`, is sent once.",
  ),
  per_try: durationOrOff().describe(
    "From the end of the request to the head of the answer, for each attempt. `timeouts.response` holds as well.",
  ),
  backoff: duration().describe("The pause before the second attempt; doubled before each further one."),
  max_backoff: duration().describe("The longest pause."),
  budget: share(0, 100).meta(
    about(
      "Repetitions for each request to the upstream, on average over all of them: an upstream that fails altogether is never asked much more often than that.",
      "20%",
    ),
  ),
};

const settingsKeys = z.strictObject({
  attempts: keys.attempts.prefault(3),
  after: keys.after.prefault(["connect", "reset", "refused_stream"]),
  statuses: keys.statuses.prefault([]),
  methods: keys.methods.prefault("idempotent"),
  body: keys.body.prefault("64KiB"),
  per_try: keys.per_try.prefault("off"),
  backoff: keys.backoff.prefault("25ms"),
  max_backoff: keys.max_backoff.prefault("250ms"),
  budget: keys.budget.prefault("20%"),
});

const routeKeys = z.strictObject({
  attempts: keys.attempts.optional(),
  after: keys.after.optional(),
  statuses: keys.statuses.optional(),
  methods: keys.methods.optional(),
  body: keys.body.optional(),
  per_try: keys.per_try.optional(),
  backoff: keys.backoff.optional(),
  max_backoff: keys.max_backoff.optional(),
  budget: keys.budget.optional(),
});

const EXPECTS = "`off`, or a map such as `{ attempts: 3, after: [connect, reset] }`";

export const settingsRetry = noted(
  z.union([z.literal("off"), noted(settingsKeys, { called: "`settings.retry`", meant: OTHER_RETRY_KEYS })]),
  { expects: EXPECTS },
);

export const routeRetry = noted(
  z.union([
    z.literal("off"),
    noted(routeKeys, { called: "the `retry` of a route", meant: OTHER_RETRY_KEYS }),
  ]),
  { expects: EXPECTS },
);

export type RetrySettings = z.output<typeof settingsKeys>;
export type RouteRetry = z.output<typeof routeRetry>;

/** What holds on a route that has `retry` when the settings say `off`. */
export const DEFAULT_RETRY: RetrySettings = settingsKeys.parse({});

function parseRetryMethod(text: string): Result<string, ValueFault> {
  return text === "idempotent" || text === "any" ? ok(text) : parseMethod(text);
}
