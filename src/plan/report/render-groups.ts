/** Requests that would be answered differently, as people read them: by kind, with counts, one example of each group. */
import { renderSteps } from "../../explain/render-explanation.ts";
import type { Step } from "../../explain/steps/step.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { Counts, DifferenceGroup } from "../difference/ask-both.ts";
import { DIFFERENCES, type Difference } from "../difference/difference.ts";
import type { Plan } from "../plan.ts";
import { differingSteps, type ExplainedExample, explainExample } from "./example.ts";
import { countsText, countText, shown } from "./words.ts";

/** Paragraphs, the gravest kind first. */
export function renderGroups(plan: Plan): string[] {
  const kinds = Map.groupBy(plan.requests.groups, ({ differences }) => differences[0]!);
  return [...kinds].map(([kind, groups]) => renderKind(kind, groups, plan));
}

function renderKind(kind: Difference, groups: readonly DifferenceGroup[], plan: Plan): string {
  const text = DIFFERENCES[kind];
  const lines = [`${text[0]!.toUpperCase()}${text.slice(1)}: ${countsText(totalOf(groups))}`];
  const stories = storiesOf(groups, plan);
  for (const story of stories.slice(0, SHOWN_STORIES)) lines.push(...renderStory(story));
  const rest = stories.slice(SHOWN_STORIES).flatMap((story) => story.groups);
  if (rest.length > 0) {
    lines.push(
      `  and ${countsText(totalOf(rest))} in ${countText(rest.length, "more group")}, which --json tells`,
    );
  }
  return lines.join("\n");
}

/** Groups of which the same is to be told: a setting that reaches a thousand routes is one story. */
interface Story {
  readonly groups: readonly DifferenceGroup[];
  readonly example: ExplainedExample;
  readonly pair: readonly string[];
}

function storiesOf(groups: readonly DifferenceGroup[], plan: Plan): Story[] {
  const explained = groups.map((group) => {
    const example = explainExample(group, plan);
    return { group, example, pair: pairLines(example, group) };
  });
  const alike = Map.groupBy(explained, ({ group, pair }) => [group.differences.join(), ...pair].join("\n"));
  return [...alike.values()].map((all) => {
    const [{ example, pair }] = all as [(typeof all)[0]];
    return { groups: all.map(({ group }) => group), example, pair };
  });
}

function renderStory({ groups, example, pair }: Story): string[] {
  const [, ...others] = groups[0]!.differences.map((each) => DIFFERENCES[each]);
  const besides = others.length === 0 ? "" : `; besides ${others.join(", ")}`;
  const lines = [...requestLines(example.request), ...pair];
  return [
    `  ${namesText(groups)}: ${countsText(totalOf(groups))}${besides}`,
    ...lines.map((line) => example.redact(`    ${line}`)),
  ];
}

function namesText(groups: readonly DifferenceGroup[]): string {
  const single = groups.filter(({ isMixed }) => !isMixed);
  const names = single.slice(0, SHOWN_NAMES).map(routesText);
  const rest = single.length - names.length;
  const isMixed = single.length < groups.length;
  if (isMixed) return [...names, "many more"].join(", ");
  return rest === 0 ? names.join(", ") : `${names.join(", ")} and ${rest.toLocaleString("en")} more`;
}

function routesText({ before, after }: DifferenceGroup): string {
  const [was, is] = [before ?? "no route", after ?? "no route"];
  return was === is ? was : `${was} -> ${is}`;
}

function requestLines({ method, url, headers, from, socket }: AskedRequest): string[] {
  const { address } = socket;
  // The URL shows the port; which of the machine's addresses is meant it cannot show.
  const at = address.kind === "tcp" && address.host === null && address.port !== 0 ? "" : ` at ${socket.key}`;
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
  return renderSteps(steps)
    .slice(0, SHOWN_LINES)
    .map((line) => `${sign} ${line}`);
}

function totalOf(groups: readonly DifferenceGroup[]): Counts {
  const sum = (origin: keyof Counts) => groups.reduce((total, { counts }) => total + counts[origin], 0);
  return { traffic: sum("traffic"), boundary: sum("boundary") };
}

const SHOWN_STORIES = 10;
const SHOWN_NAMES = 6;
const SHOWN_FIELDS = 8;
const SHOWN_LINES = 40;
