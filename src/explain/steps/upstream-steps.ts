/** Where the request goes: the upstream, how a target is chosen, and which may be. */
import type { UpstreamModel } from "../../config/model.ts";
import { balanceText } from "../../config/values/balance-text.ts";
import { discoverText } from "../../config/values/discover-text.ts";
import { breakerText, healthText, outliersText } from "../../config/values/protection-text.ts";
import { formatTarget } from "../../config/values/target-address.ts";
import { eligible } from "../../upstream/balancer/balancer.ts";
import { type LiveTarget, liveText } from "../live.ts";
import { type Facts, type Matter, type Step, type StepSource, step } from "./step.ts";

/** @param name of an upstream of the configuration */
export function upstreamSteps(name: string, matter: Matter): Step[] {
  const { provenance, configuration } = matter;
  const model = configuration.upstreams.find((upstream) => upstream.name === name)!;
  const isOwn = provenance.upstream(name).from === "route";
  const source: StepSource = { from: isOwn ? "route" : "upstream", origin: model.origin };
  const text = isOwn ? "the route's own targets" : name;
  return [
    step("upstream", text, { source, facts: { upstream: name } }),
    step("upstream", choiceText(model), {
      source: provenance.upstream(name, "balance"),
      facts: { upstream: name, balance: model.balance.policy },
    }),
    ...protocolSteps(model, matter),
    ...protectionSteps(model, matter),
    ...discoverSteps(model, matter),
    ...targetSteps(model, source.from, matter),
  ];
}

function discoverSteps({ name, discover }: UpstreamModel, { provenance }: Matter): Step[] {
  if (discover === null) return [];
  const text = discoverText(discover);
  return [
    step("upstream", `targets are found while it runs: ${text}`, {
      source: provenance.upstream(name, "discover"),
      facts: { upstream: name, discover: text },
    }),
  ];
}

/** What goes without saying is not said. */
function protocolSteps({ name, protocol }: UpstreamModel, { provenance }: Matter): Step[] {
  if (protocol === "http1") return [];
  const source = provenance.upstream(name, "protocol");
  return [step("upstream", SPOKEN[protocol], { source, facts: { upstream: name, protocol } })];
}

/** What is set; that nothing is, goes without saying, and so do the five failures in a row of everybody. */
function protectionSteps({ name, health, outliers, breaker }: UpstreamModel, { provenance }: Matter): Step[] {
  const texts = {
    health: healthText(health),
    outliers: outliersText(outliers) ?? "off",
    breaker: breakerText(breaker),
  };
  return Object.entries(texts).flatMap(([key, text]) => {
    const source = provenance.upstream(name, key);
    if (text === null || source.node === null) return [];
    return [step("upstream", `${key}: ${text}`, { source, facts: { upstream: name, [key]: text } })];
  });
}

function choiceText({ balance, targets, discover }: UpstreamModel): string {
  const count = eligible(targets.map(asCandidate)).length;
  if (discover !== null && count === 0) return `${balanceText(balance)} among those that are found`;
  if (count === 0) return "no target takes requests";
  const policy = balanceText(balance);
  return count === 1 ? `${policy}; there is one target` : `${policy} among ${count} targets`;
}

function targetSteps(upstream: UpstreamModel, from: StepSource["from"], { live }: Matter): Step[] {
  const known = live?.get(upstream.name);
  return upstream.targets.map(({ address, weight, priority, zone, origin }) => {
    const name = formatTarget(address);
    const takes = eligible([asCandidate({ weight })]).length > 0;
    const now = known?.get(name) ?? null;
    const share = takes ? (weight === 1 ? "" : `, weight ${weight}`) : `, ${whyNot(now)}`;
    const tier = priority === 0 ? "" : `, priority ${priority}`;
    const place = zone === null ? "" : `, zone ${zone}`;
    return step("target", `${name}${share}${tier}${place}`, {
      source: { from, origin },
      remark: now === null ? null : liveText(now),
      facts: { target: name, weight, priority, zone, eligible: takes, ...factsOf(now) },
    });
  });
}

function whyNot(now: LiveTarget | null): string {
  return now === null || now.takesRequests ? "drained: weight 0" : `takes none: ${now.state}`;
}

function factsOf(now: LiveTarget | null): Facts {
  if (now === null) return {};
  const { state, failure, ips, active, idle } = now;
  return { state, failure, ips, active, idle };
}

/** What a balancer asks of a target. */
function asCandidate({ weight }: { readonly weight: number }) {
  return { share: weight };
}

const SPOKEN = { h2: "spoken to over HTTP/2", auto: "spoken to as its TLS says" } as const;
