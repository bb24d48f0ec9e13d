/** Timeouts and limits of which one makes the other meaningless. Only what somebody has written is questioned. */
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, nodeAt, valueAt } from "../source/config-node.ts";
import { parseDuration } from "../values/duration.ts";
import { parseSize } from "../values/size.ts";
import type { LintSubject } from "./subject.ts";

export function reportTimings({ routes, settings, found }: LintSubject): void {
  const all: readonly (ConfigNode | null)[] = settings === null ? [] : [settings];
  for (const pair of PAIRS) compare(pair, all, found);
  for (const { model, node } of routes) {
    if (model.kind !== "http" || !saysSomething(node)) continue;
    for (const pair of ROUTE_PAIRS) compare(pair, [node, settings], found);
  }
}

/** `larger` is not larger than `smaller`, or it would have no meaning. */
interface Pair {
  readonly larger: readonly string[];
  readonly smaller: readonly string[];
  readonly because: string;
}

/** @param around the nearer one first; a value counts where it is written first */
function compare(
  { larger, smaller, because }: Pair,
  around: readonly (ConfigNode | null)[],
  found: DiagnosticList,
): void {
  const [one, other] = [written(larger, around), written(smaller, around)];
  if (one === null || other === null || !(one.amount > other.amount)) return;
  // Where both stand in the settings, they are told once, and not at every route.
  if (around.length > 1 && one.at === 1 && other.at === 1) return;
  const [place, second, name] =
    one.at <= other.at ? [one.node, other.node, smaller] : [other.node, one.node, larger];
  const message = `${quoted(larger.join("."))} is larger than ${quoted(smaller.join("."))}: ${because}`;
  const related = [relatedAt(second, `${quoted(name.join("."))} is here`)];
  found.add(diagnose("settings.contradiction", place, message, { related }));
}

/** The settings are compared by themselves. Nearly all of ten thousand routes leave it at those. */
function saysSomething(route: ConfigNode): boolean {
  return ROUTE_SECTIONS.some((section) => valueAt(route, section) !== undefined);
}

function written(keys: readonly string[], around: readonly (ConfigNode | null)[]) {
  for (const [at, root] of around.entries()) {
    const node = root === null ? undefined : nodeAt(root, keys);
    if (node?.kind === "scalar") return { node, at, amount: amountOf(node.value) };
  }
  return null;
}

/** Milliseconds, bytes or a number; `off` is without end. Not a number where something else is written. */
function amountOf(value: string | number | boolean | null): number {
  if (typeof value === "number") return value;
  const text = String(value);
  if (text === "off") return Number.POSITIVE_INFINITY;
  const parsed = /B$/.test(text) ? parseSize(text) : parseDuration(text);
  return parsed.ok ? parsed.value : Number.NaN;
}

/** What a route may say, over the settings. */
const ROUTE_PAIRS: readonly Pair[] = [
  {
    larger: ["timeouts", "connect"],
    smaller: ["timeouts", "response"],
    because: "there is more time to connect than to answer",
  },
  {
    larger: ["timeouts", "response"],
    smaller: ["timeouts", "total"],
    because: "the exchange is over before an answer could be late",
  },
  {
    larger: ["retry", "per_try"],
    smaller: ["timeouts", "response"],
    because: "no attempt lasts so long",
  },
  {
    larger: ["retry", "backoff"],
    smaller: ["retry", "max_backoff"],
    because: "no pause is so long",
  },
  {
    larger: ["hedge", "after"],
    smaller: ["timeouts", "response"],
    because: "no second attempt is ever begun",
  },
];

const ROUTE_SECTIONS: readonly string[] = [
  ...new Set(ROUTE_PAIRS.flatMap(({ larger, smaller }) => [larger[0]!, smaller[0]!])),
];

const PAIRS: readonly Pair[] = [
  ...ROUTE_PAIRS,
  {
    larger: ["pool", "idle_timeout"],
    smaller: ["pool", "max_age"],
    because: "a connection is too old before it has been idle for so long",
  },
  {
    larger: ["limits", "line"],
    smaller: ["limits", "head"],
    because: "the line is a part of the head, so its own limit is never reached",
  },
  {
    larger: ["limits", "pending_connects"],
    smaller: ["limits", "connections_per_target"],
    because: "there are never so many connections at once",
  },
  {
    larger: ["pool", "idle"],
    smaller: ["limits", "connections_per_target"],
    because: "there are never so many connections to keep",
  },
];
