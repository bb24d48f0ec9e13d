/**
 * One step on the way to a decision: a sentence, the same as data, and the place in the files that decided it.
 * Steps are made only for people; what the proxy would do is in the `Decision` before the first one exists.
 */
import type { Configuration, Origin, RouteModel } from "../../config/model.ts";
import type { Provenance, SourceKind, ValueSource } from "../../config/provenance.ts";
import type { Secrets } from "../../config/references/secrets.ts";
import { originOf } from "../../config/source/source-text.ts";
import type { RouteStep } from "../../routing/router.ts";
import type { Decision } from "../decision.ts";
import type { LiveTargets } from "../live.ts";

export interface Step {
  readonly step: StepName;
  readonly text: string;
  /** What is worth knowing besides. */
  readonly remark: string | null;
  /** Null where neither a file nor a default of one decided. */
  readonly source: StepSource | null;
  readonly facts: Facts;
}

export type StepName =
  | "listener"
  | "client"
  | "request"
  | "path"
  | "host"
  | "route"
  | "capture"
  | "rewrite"
  | "filter"
  | "redirect"
  | "respond"
  | "answer"
  | "sent"
  | "field"
  | "upstream"
  | "target"
  | "timeout"
  | "limit"
  | "retry";

export interface StepSource {
  readonly from: SourceKind;
  /** Null for a default. */
  readonly origin: Origin | null;
}

export type Facts = Readonly<Record<string, Fact>>;
export type Fact = string | number | boolean | null | readonly string[];

/** What steps are made of. */
export interface Matter {
  readonly decision: Decision;
  readonly trace: readonly RouteStep[];
  readonly configuration: Configuration;
  readonly provenance: Provenance;
  readonly routes: ReadonlyMap<string, RouteModel>;
  /** Null when nothing runs that could be asked. */
  readonly live: LiveTargets | null;
}

export interface StepExtras {
  readonly remark?: string | null;
  readonly source?: ValueSource | StepSource | null;
  readonly facts?: Facts;
}

export function step(name: StepName, text: string, extras: StepExtras = {}): Step {
  const { remark = null, source = null, facts = {} } = extras;
  return { step: name, text, remark, source: source === null ? null : located(source), facts };
}

/** Before lines are broken: half a secret at the end of a line would not be found again. */
export function redacted(given: Step, secrets: Secrets): Step {
  const remark = given.remark === null ? null : secrets.redact(given.remark);
  return { ...given, text: secrets.redact(given.text), remark, facts: redactedFacts(given.facts, secrets) };
}

export function redactedFacts(facts: Facts, secrets: Secrets): Facts {
  return Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, redactedFact(fact, secrets)]));
}

function redactedFact(fact: Fact, secrets: Secrets): Fact {
  if (typeof fact === "string") return secrets.redact(fact);
  return Array.isArray(fact) ? fact.map((each) => secrets.redact(each)) : fact;
}

function located(source: ValueSource | StepSource): StepSource {
  if ("origin" in source) return source;
  return { from: source.from, origin: source.node === null ? null : originOf(source.node) };
}
