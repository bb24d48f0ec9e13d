/** An explanation as data, for `--json`. The steps are the same, in the same order; keys only ever get more. */
import type { Decision } from "./decision.ts";
import type { Explanation } from "./explainer.ts";
import { type Facts, redactedFacts, type Step } from "./steps/step.ts";

export function explanationAsData({ decision, steps, secrets }: Explanation): unknown {
  const { method, url, headers, from } = decision.request;
  const request = {
    method,
    url: url.text,
    headers: headers.map(([name, value]) => `${name}: ${value}`),
    from,
  };
  return {
    request: redactedFacts(request, secrets),
    listener: decision.listener?.model.name ?? null,
    route: decision.route,
    outcome: redactedFacts(outcomeAsData(decision), secrets),
    steps: steps.map(stepAsData),
  };
}

/** `{ kind: "forwarded", upstream: "api", … }` */
export function outcomeAsData({ outcome }: Decision): Facts {
  switch (outcome.kind) {
    case "unheard":
      return { kind: "unheard" };
    case "tunnelled":
      return { kind: "tunnelled", upstream: outcome.upstream };
    case "refused":
      return { kind: "refused", status: outcome.status, error: outcome.error.code, rule: outcome.error.rule };
    case "answered": {
      const fields = outcome.fields.map(([name, value]) => `${name}: ${value}`);
      return { kind: "answered", status: outcome.status, fields };
    }
    case "forwarded": {
      const { upstream, sent } = outcome;
      const fields = sent.fields.map(({ name, value }) => `${name}: ${value}`);
      return { kind: "forwarded", upstream: upstream.name, line: sent.line, fields };
    }
  }
}

function stepAsData({ step, text, remark, source, facts }: Step): unknown {
  const { from, origin } = source ?? { from: null, origin: null };
  const { file, line, column } = origin ?? { file: null, line: null, column: null };
  return { step, text, remark, from, file, line, column, facts };
}
