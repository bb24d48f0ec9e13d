/**
 * An explanation as people read it: one step a line, what kind of step on the left, who decided on the right.
 * Values that nobody set are gathered, because they are many and seldom the question.
 */
import { renderOrigin } from "../config/diagnostics/render.ts";
import { printable } from "../config/diagnostics/wording.ts";
import type { Explanation } from "./explainer.ts";
import type { Step, StepName, StepSource } from "./steps/step.ts";

/** Ends in a newline. */
export function renderExplanation(explanation: Explanation): string {
  return `${titleOf(explanation)}\n\n${renderSteps(explanation.steps).join("\n")}\n`;
}

/** The steps alone, as lines. */
export function renderSteps(steps: readonly Step[]): string[] {
  const rows = gathered(steps).flatMap(rowsOf);
  const width = Math.min(
    MAX_TEXT,
    Math.max(0, ...rows.filter(({ source }) => source !== "").map(({ text }) => text.length)),
  );
  return rows.map(({ name, text, source }, index) => {
    const label = name === rows[index - 1]?.name ? "" : LABELS[name];
    const line = `${label.padEnd(LABEL_WIDTH)}${source === "" ? text : `${text.padEnd(width)}  ${source}`}`;
    return line.trimEnd();
  });
}

function titleOf({ decision, secrets }: Explanation): string {
  const { method, url, from } = decision.request;
  return printable(secrets.redact(`${method} ${url.text}${from === null ? "" : ` from ${from}`}`));
}

interface Row {
  readonly name: StepName;
  readonly text: string;
  readonly source: string;
}

function rowsOf({ step, text, remark, source }: Step): Row[] {
  const lines = wrapped(printable(text), MAX_TEXT);
  const remarks =
    remark === null || remark === ""
      ? []
      : remark.split("\n").flatMap((line) => wrapped(printable(line), MAX_REMARK));
  const [first, ...more] = lines;
  return [
    { name: step, text: first!, source: source === null ? "" : sourceText(source) },
    ...[...more, ...remarks].map((line) => ({ name: step, text: `  ${line}`, source: "" })),
  ];
}

/** `route shop.yaml:9:5`, or `default`. */
function sourceText({ from, origin }: StepSource): string {
  return origin === null ? from : `${from} ${renderOrigin(origin)}`;
}

/** Of each kind of bound, those that are defaults in one line behind the others. */
function gathered(steps: readonly Step[]): Step[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const run = runs.at(-1);
    if (run !== undefined && run[0]!.step === step.step) run.push(step);
    else runs.push([step]);
  }
  return runs.flatMap((run) => {
    const plain = run.filter(isPlainDefault);
    if (plain.length < 2) return run;
    const text = plain.map((step) => step.text).join(", ");
    return [...run.filter((step) => !isPlainDefault(step)), { ...plain[0]!, text }];
  });
}

function isPlainDefault({ step, source }: Step): boolean {
  return (step === "timeout" || step === "limit") && source?.from === "default";
}

/** Broken at blanks. A word that is too long stays whole and where it is, because half a URL is of no use. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const fits = last !== undefined && (last.length + 1 + word.length <= width || word.length > width);
    if (fits) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const LABELS: Readonly<Record<StepName, string>> = {
  listener: "listener",
  client: "client",
  request: "request",
  path: "path",
  host: "host",
  route: "route",
  capture: "captures",
  rewrite: "rewrite",
  filter: "filters",
  redirect: "redirect",
  respond: "respond",
  answer: "answer",
  sent: "sends",
  field: "fields",
  upstream: "upstream",
  target: "targets",
  timeout: "timeouts",
  limit: "limits",
  retry: "retries",
};
const LABEL_WIDTH = 10;
/** With the label and a short path in front of the position, a line stays below 100 columns. */
const MAX_TEXT = 60;
const MAX_REMARK = 84;
