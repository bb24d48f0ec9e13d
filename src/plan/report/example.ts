/**
 * The example of a group, explained by both configurations. Requests out of a log or an archive carry what must not
 * reach a terminal or a build log, so the values of cookies, credentials and tokens are blotted out with the rest.
 */
import { Secrets, soundsSecret } from "../../config/references/secrets.ts";
import type { Explanation } from "../../explain/explainer.ts";
import type { Step, StepName } from "../../explain/steps/step.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { DifferenceGroup } from "../difference/ask-both.ts";
import type { Difference } from "../difference/difference.ts";
import type { Plan } from "../plan.ts";
import type { Side } from "../side.ts";

export interface ExplainedExample {
  readonly request: AskedRequest;
  /** Null when nothing listens there. */
  readonly before: Explanation | null;
  readonly after: Explanation | null;
  /** Whatever shows something of the example lets this look over it. */
  readonly redact: (text: string) => string;
}

export function explainExample(
  { example, counts }: DifferenceGroup,
  { before, after }: Plan,
): ExplainedExample {
  // A boundary case holds nothing but what the configurations say.
  const veil = counts.traffic > 0 ? secretsOf(example) : new Secrets();
  const redact = (text: string) => veil.redact(after.secrets.redact(before.secrets.redact(text)));
  return { request: example, before: explainBy(before, example), after: explainBy(after, example), redact };
}

/** Steps that only one of the two has, of the kinds that the group is about. */
export function differingSteps(
  { before, after }: ExplainedExample,
  { differences }: DifferenceGroup,
): { before: Step[]; after: Step[] } {
  const kinds = new Set([...ALWAYS, ...differences.flatMap((each) => BY_DIFFERENCE.get(each) ?? [])]);
  const [old, fresh] = [stepsOf(before, kinds), stepsOf(after, kinds)];
  return { before: without(old, fresh), after: without(fresh, old) };
}

/** How many routes were not even compared is no difference. */
function stepsOf(explanation: Explanation | null, kinds: ReadonlySet<StepName>): Step[] {
  const steps = explanation?.steps ?? [];
  return steps.filter(
    ({ step, facts: { route } }) => kinds.has(step) && !(step === "route" && route === null),
  );
}

function without(steps: readonly Step[], others: readonly Step[]): Step[] {
  const known = new Set(others.map(keyOf));
  return steps.filter((step) => !known.has(keyOf(step)));
}

function keyOf({ step, text, remark }: Step): string {
  return JSON.stringify([step, text, remark]);
}

function explainBy(side: Side, request: AskedRequest): Explanation | null {
  const listener = side.listenerAt(request.socket);
  return listener === null ? null : side.explainer.explainAt(listener, request);
}

function secretsOf({ headers, url }: AskedRequest): Secrets {
  const secrets = new Secrets();
  const query = url.target.split("?", 2)[1] ?? "";
  const parameters = query.split("&").map((each) => each.split("=", 2) as [string, string?]);
  for (const [name, value = ""] of [...headers, ...parameters]) {
    if (isPrivate(name)) secrets.add(value);
  }
  return secrets;
}

function isPrivate(name: string): boolean {
  return (
    /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i.test(name) || soundsSecret(name.replaceAll("-", "_"))
  );
}

/** A request that was sent and is refused now has no fields and timeouts any more; nobody needs to be told. */
const ALWAYS: readonly StepName[] = [
  "path",
  "host",
  "route",
  "capture",
  "rewrite",
  "redirect",
  "respond",
  "answer",
  "sent",
  "upstream",
  "target",
];
const BY_DIFFERENCE = new Map<Difference, readonly StepName[]>([
  ["fields", ["client", "field"]],
  ["bounds", ["timeout", "limit"]],
]);
