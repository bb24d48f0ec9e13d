/**
 * For every configuration and request, `explain` says what the data path does: the same route, the same bytes
 * upstream to the same upstream, the same answer of the proxy's own, or the same refusal. A few thousand pairs
 * here; `PORTWARD_AGREEMENT_PAIRS=100000` runs as many as wanted.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Decision } from "../../src/explain/decision.ts";
import { Explainer } from "../../src/explain/explainer.ts";
import { errorAnswer } from "../../src/pipeline/own-answer.ts";
import { anyConfiguration, anyRequest } from "./arbitrary-configuration.ts";
import { InProcessProxy, type Observed } from "./in-process-proxy.ts";

const { PORTWARD_AGREEMENT_PAIRS = "6000" } = process.env;
const PAIRS = Number(PORTWARD_AGREEMENT_PAIRS);
const REQUESTS = 50;

test(`explain and the data path agree on ${PAIRS} pairs`, () => {
  const seen = new Map<string, number>();
  const requests = fc.array(anyRequest(), { minLength: 1, maxLength: 2 * REQUESTS, size: "max" });
  fc.assert(
    fc.property(anyConfiguration, requests, (loaded, all) => {
      const { configuration } = loaded;
      const explainer = new Explainer(loaded);
      const proxy = new InProcessProxy(configuration);
      for (const request of all) {
        const { decision } = explainer.explain(request);
        expect(explainer.decide(request).outcome.kind).toBe(decision.outcome.kind);
        count(seen, decision);
        if (decision.http === null) continue;
        const { client } = decision.http;
        const observed = proxy.serve(decision.listener!.model.name, request, client.address);
        if (observed === null) expect(decision.outcome.kind).toBe("refused");
        else expect(foretold(decision, configuration.settings.notFoundMessage)).toEqual(observed);
      }
    }),
    // How many requests a run has is left to chance, so there are half as many runs again.
    { numRuns: Math.ceil((1.5 * PAIRS) / REQUESTS) },
  );
  const pairs = [...seen.values()].reduce((sum, times) => sum + times, 0);
  expect(pairs).toBeGreaterThan(PAIRS);
  // A property that nothing reaches proves nothing.
  for (const kind of ["forwarded", "answered", "route.not_found", "limit.body_bytes", "upstream.no_target"]) {
    expect([kind, (seen.get(kind) ?? 0) > 0]).toEqual([kind, true]);
  }
}, 120_000);

/** The decision in the words of what was observed. */
function foretold({ outcome, route, request, http }: Decision, notFound: string): Observed {
  const hasBody = request.method !== "HEAD";
  const nothing = {
    route,
    status: null,
    error: null,
    rule: null,
    location: null,
    body: "",
    upstream: null,
    sent: null,
  };
  switch (outcome.kind) {
    case "forwarded":
      return { ...nothing, upstream: outcome.upstream.name, sent: outcome.sent.bytes.toString("latin1") };
    case "refused": {
      const { code, rule } = outcome.error;
      const body = errorAnswer(outcome.error, outcome.status!, http!.requestId, notFound, 0).body.toString();
      return { ...nothing, status: outcome.status, error: code, rule, body: hasBody ? body : "" };
    }
    case "answered": {
      const location = outcome.fields.find(([name]) => name === "Location")?.[1] ?? null;
      const body = hasBody ? outcome.body.toString() : "";
      return { ...nothing, status: outcome.status, location, body };
    }
    default:
      throw new Error(`an http listener does not end in ${outcome.kind}`);
  }
}

function count(seen: Map<string, number>, { outcome }: Decision): void {
  const kind = outcome.kind === "refused" ? outcome.error.code : outcome.kind;
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
}
