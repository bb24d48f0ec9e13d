/** What the route's `retry` and `hedge` allow for this request, each part with whoever set it. */
import type { HttpRouteModel, RetryModel } from "../../config/model.ts";
import { formatDuration } from "../../config/values/duration.ts";
import { formatShare } from "../../config/values/share.ts";
import { formatSize } from "../../config/values/size.ts";
import { isIdempotent } from "../../exchange/attempts.ts";
import { type Facts, type Matter, type Step, step } from "./step.ts";

/** Nothing without a policy. */
export function policySteps(matter: Matter): Step[] {
  const route = matter.routes.get(matter.decision.route!)!;
  return route.kind === "http" ? [...retryPolicySteps(route, matter), ...hedgeSteps(route, matter)] : [];
}

function hedgeSteps({ hedge, label }: HttpRouteModel, { decision, provenance }: Matter): Step[] {
  if (hedge === null) return [];
  const { method } = decision.http!.head;
  const isHedged = isIdempotent(method);
  const after = hedge.afterMs === null ? "the time of 95 % of the answers" : formatDuration(hedge.afterMs);
  const text = isHedged
    ? `no answer after ${after}: a second attempt beside the first, for at most ${formatShare(hedge.budget)} of the requests`
    : `no second attempt beside the first: ${method} may not mean the same twice`;
  const source = provenance.route(label, "hedge");
  return [step("retry", text, { source, facts: { hedge_after_ms: hedge.afterMs, hedged: isHedged } })];
}

function retryPolicySteps(route: HttpRouteModel, { decision, provenance }: Matter): Step[] {
  if (route.retry === null) return [];
  const { retry } = route;
  const { method } = decision.http!.head;
  return ROWS.flatMap(({ key, text, facts }) => {
    const said = text(retry, method);
    if (said === null) return [];
    const source = provenance.inForce(route.label, "retry", key);
    return [step("retry", said, { source, facts: facts(retry, method) })];
  });
}

interface Row {
  /** As in the file. */
  readonly key: string;
  /** Null when there is nothing to say. */
  readonly text: (retry: RetryModel, method: string) => string | null;
  readonly facts: (retry: RetryModel, method: string) => Facts;
}

function mayRepeat({ methods }: RetryModel, method: string): boolean {
  return methods === null || methods.includes(method);
}

const WORDS: Readonly<Record<RetryModel["after"][number], string>> = {
  connect: "a round in which no target accepted",
  reset: "a connection that ended before the answer began",
  refused_stream: "a stream that the target refused",
  timeout: "no head of an answer in time",
  malformed: "an answer that breaks a rule of HTTP",
};

const ROWS: readonly Row[] = [
  {
    key: "attempts",
    text: ({ attempts }) => `up to ${attempts} attempts in all`,
    facts: ({ attempts }) => ({ attempts }),
  },
  {
    key: "after",
    text: ({ after }) => `after ${after.map((condition) => WORDS[condition]).join(", ")}`,
    facts: ({ after }) => ({ after }),
  },
  {
    key: "statuses",
    text: ({ statuses }) =>
      statuses.length === 0 ? null : `after an answer with status ${statuses.join(", ")}`,
    facts: ({ statuses }) => ({ statuses: statuses.map(String) }),
  },
  {
    key: "methods",
    text: (retry, method) =>
      mayRepeat(retry, method)
        ? `${method} may be sent again`
        : `${method} is not sent again once a target may have it`,
    facts: (retry, method) => ({ repeatable: mayRepeat(retry, method) }),
  },
  {
    key: "body",
    text: ({ bodyBytes }) =>
      bodyBytes === 0
        ? "no body is kept to be sent again"
        : `a body of up to ${formatSize(bodyBytes)} is kept`,
    facts: ({ bodyBytes }) => ({ body_bytes: bodyBytes }),
  },
  {
    key: "per_try",
    text: ({ perTryMs }) =>
      Number.isFinite(perTryMs) ? `${formatDuration(perTryMs)} for each attempt` : null,
    facts: ({ perTryMs }) => ({ per_try_ms: perTryMs }),
  },
  {
    key: "backoff",
    text: ({ backoffMs, maxBackoffMs }) =>
      `${formatDuration(backoffMs)} before the second attempt, doubled up to ${formatDuration(maxBackoffMs)}`,
    facts: ({ backoffMs, maxBackoffMs }) => ({ backoff_ms: backoffMs, max_backoff_ms: maxBackoffMs }),
  },
  {
    key: "budget",
    text: ({ budget }) =>
      `at most ${Math.round(budget * 10_000) / 100}% of the upstream's requests are repetitions`,
    facts: ({ budget }) => ({ budget }),
  },
];
