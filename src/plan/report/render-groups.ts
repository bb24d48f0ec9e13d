/** Requests that would be answered differently, as people read them: by kind, with counts, one example of each group. */
import { renderSteps } from "../../explain/render-explanation.ts";
import type { Step } from "../../explain/steps/step.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { Counts, DifferenceGroup } from "../difference/ask-both.ts";
import { DIFFERENCES, type Difference } from "../difference/difference.ts";
import type { Plan } from "../plan.ts";
import { differingSteps, type ExplainedExample, explainExample } from "./example.ts";
import { countsText, shown } from "./words.ts";

/** Paragraphs, the gravest kind first. */
export function renderGroups(plan: Plan): string[] {
  const kinds = Map.groupBy(plan.requests.groups, ({ differences }) => differences[0]!);
  return [...kinds].map(([kind, groups]) => renderKind(kind, groups, plan));
}

function renderKind(kind: Difference, groups: readonly DifferenceGroup[], plan: Plan): string {
  const text = DIFFERENCES[kind];
  const lines = [`${text[0]!.toUpperCase()}${text.slice(1)}: ${countsText(totalOf(groups))}`];
  for (const group of groups.slice(0, SHOWN_GROUPS)) lines.push(...renderGroup(group, plan));
  const rest = groups.slice(SHOWN_GROUPS);
  if (rest.length > 0)
    lines.push(`  and ${countsText(totalOf(rest))} in ${rest.length} more groups, which --json tells`);
  return lines.join("\n");
}

function renderGroup(group: DifferenceGroup, plan: Plan): string[] {
  const [, ...others] = group.differences.map((each) => DIFFERENCES[each]);
  const besides = others.length === 0 ? "" : `; besides ${others.join(", ")}`;
  const example = explainExample(group, plan);
  const lines = [...requestLines(example.request), ...pairLines(example, group)];
  return [
    `  ${routesText(group)}: ${countsText(group.counts)}${besides}`,
    ...lines.map((line) => example.redact(`    ${line}`)),
  ];
}

function routesText({ before, after, isMixed }: DifferenceGroup): string {
  if (isMixed) return "many more routes";
  const [was, is] = [before ?? "no route", after ?? "no route"];
  return was === is ? was : `${was} -> ${is}`;
}

function requestLines({ method, url, headers, from, socket }: AskedRequest): string[] {
  const at =
    socket.address.kind === "unix" || !url.text.includes(`:${socket.address.port}/`)
      ? ` at ${socket.key}`
      : "";
  const client = from === null ? "" : ` from ${from}`;
  const shownHeaders = headers.slice(0, SHOWN_FIELDS).map(([name, value]) => shown(`  ${name}: ${value}`));
  const rest = headers.length - SHOWN_FIELDS;
  return [
    shown(`${method} ${url.text}`) + client + at,
    ...shownHeaders,
    ...(rest > 0 ? [`  and ${rest} more header fields`] : []),
  ];
}

/** What differs of the two explanations, as a difference of two texts is written. */
function pairLines(example: ExplainedExample, group: DifferenceGroup): string[] {
  const { before, after } = differingSteps(example, group);
  return [
    ...stepLines("-", before, example.before === null),
    ...stepLines("+", after, example.after === null),
  ];
}

function stepLines(sign: string, steps: readonly Step[], isDeaf: boolean): string[] {
  if (isDeaf) return [`${sign} nothing listens there`];
  const lines = renderSteps(steps)
    .slice(0, SHOWN_LINES)
    .map((line) => `${sign} ${line}`);
  return lines.length === 0 ? [] : lines;
}

function totalOf(groups: readonly DifferenceGroup[]): Counts {
  const sum = (origin: keyof Counts) => groups.reduce((total, { counts }) => total + counts[origin], 0);
  return { traffic: sum("traffic"), boundary: sum("boundary") };
}

const SHOWN_GROUPS = 10;
const SHOWN_FIELDS = 8;
const SHOWN_LINES = 40;
