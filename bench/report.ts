/** The table of one workload: a line per contestant, medians over rounds, ratios formed round by round. */
import { pairedRatios, type Spread, spreadOf } from "./measure/stats.ts";
import type { Bound, ContestantResult, Round, WorkloadResult } from "./results.ts";

export function formatWorkload(result: WorkloadResult): string {
  const header = ["", result.figureName, "min–max", `of ${result.reference}`, ...columnsOf(result), "bound"];
  const rows = result.contestants.map((contestant) => rowOf(result, contestant));
  const lines = alignColumns([header, ...rows]);
  const failures = result.contestants.flatMap(failuresOf);
  const notes = [...result.notes, ...disturbance(result), ...failures].map((note) => `  ${note}`);
  return [`${result.name} · ${result.title}`, ...lines.map((line) => `  ${line}`), ...notes].join("\n");
}

/** Median, smallest and largest figure over the rounds that did not fail. */
export function figureOf(contestant: ContestantResult): Spread | null {
  return spreadOf(goodRounds(contestant).map(({ figure }) => figure));
}

/** Of `contestant` to the workload's reference, pair by pair; null when either has no figure. */
export function ratioOf(result: WorkloadResult, contestant: ContestantResult): Spread | null {
  const reference = result.contestants.find(
    ({ name }) => name === (contestant.reference ?? result.reference),
  );
  if (reference === undefined) return null;
  return pairedRatios(figuresOrGaps(contestant), figuresOrGaps(reference));
}

function rowOf(result: WorkloadResult, contestant: ContestantResult): string[] {
  const figure = figureOf(contestant);
  if (figure === null) return [contestant.name, "failed"];
  const ratio = ratioOf(result, contestant);
  const rounds = goodRounds(contestant);
  return [
    contestant.name,
    significant(figure.median),
    `${significant(figure.min)}–${significant(figure.max)}`,
    ratio === null ? "–" : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
    ...MEASURES.filter((measure) => hasMeasure(result, measure)).map((measure) => {
      const spread = spreadOf(rounds.flatMap((round) => measure.of(round) ?? []));
      return spread === null ? "–" : measure.format(spread.median);
    }),
    contestant.allocatedBytesPerRequest === undefined
      ? "–"
      : formatBytes(contestant.allocatedBytesPerRequest),
    verdict(result, contestant, figure),
  ];
}

function columnsOf(result: WorkloadResult): string[] {
  const names = MEASURES.filter((measure) => hasMeasure(result, measure)).map(({ name }) => name);
  return [...names.map((name) => (name === "rate" ? result.rateName : name)), "heap/request"];
}

interface Measure {
  readonly name: string;
  of(round: Round): number | undefined;
  format(value: number): string;
}

const MEASURES: readonly Measure[] = [
  {
    name: "CPU µs",
    of: (round) => (round.cpuUs === round.figure ? undefined : round.cpuUs),
    format: significant,
  },
  { name: "of core", of: (round) => round.coreShare, format: formatShare },
  { name: "rate", of: (round) => round.rate, format: formatRate },
  { name: "p50", of: (round) => round.p50Us, format: formatMicros },
  { name: "p99", of: (round) => round.p99Us, format: formatMicros },
  { name: "p99.9", of: (round) => round.p999Us, format: formatMicros },
  { name: "peak RSS", of: (round) => round.peakResidentBytes, format: formatBytes },
];

function hasMeasure(result: WorkloadResult, measure: Measure): boolean {
  return result.contestants.some((one) => goodRounds(one).some((round) => measure.of(round) !== undefined));
}

/** Only Portward has promised anything. */
function verdict(result: WorkloadResult, contestant: ContestantResult, figure: Spread): string {
  const { bound } = result;
  if (bound === undefined || !isOurs(contestant)) return "";
  const value = bound.of === "figure" ? figure.median : ratioFor(bound, result, contestant);
  const p99 = bound.p99AtMost === undefined ? 0 : p99Ratio(result, contestant);
  if (value === undefined || p99 === undefined) return "";
  // As precise as the table: what reads 1.00 is not more than 1.
  const isKept = rounded(value) <= bound.atMost && rounded(p99) <= (bound.p99AtMost ?? 0);
  return `${isKept ? "kept" : "MISSED"}: ${bound.text}`;
}

/** To the best of the peers is the largest of the ratios to them. */
function ratioFor(bound: Bound, result: WorkloadResult, contestant: ContestantResult): number | undefined {
  if (bound.of === "ratio") return ratioOf(result, contestant)?.median;
  const ratios = result.contestants
    .filter((each) => !isOurs(each))
    .flatMap((peer) => pairedRatios(figuresOrGaps(contestant), figuresOrGaps(peer))?.median ?? []);
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

function p99Ratio(result: WorkloadResult, contestant: ContestantResult): number | undefined {
  const of = (each: ContestantResult): number[] =>
    [spreadOf(goodRounds(each).flatMap(({ p99Us }) => p99Us ?? []))?.median ?? []].flat();
  const [own] = of(contestant);
  const peers = result.contestants.filter((each) => !isOurs(each)).flatMap(of);
  return own === undefined || peers.length === 0 ? undefined : own / Math.min(...peers);
}

function isOurs({ name }: ContestantResult): boolean {
  return name.startsWith("portward");
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

/** What makes figures worse than the proxies are: something else on their core, or on the load's. */
function disturbance(result: WorkloadResult): string[] {
  const waits = mediansOf(result, ({ waitShare }) => waitShare);
  const stalls = mediansOf(result, ({ longestStallUs }) => longestStallUs);
  // The least of all contestants: a proxy with several threads may also wait for itself.
  const wait = Math.min(...waits);
  const stall = Math.min(...stalls);
  const notes: string[] = [];
  if (waits.length > 0 && wait > DISTURBED_SHARE) {
    notes.push(
      `DISTURBED: something else had the proxy's core for ${formatShare(wait)} of the time; measure again`,
    );
  }
  if (stalls.length > 0 && stall > DISTURBED_STALL_US) {
    notes.push(`DISTURBED: something else stopped the load for up to ${formatMicros(stall)}; measure again`);
  }
  return notes;
}

function mediansOf(result: WorkloadResult, pick: (round: Round) => number | undefined): number[] {
  return result.contestants.flatMap((contestant) => {
    const spread = spreadOf(goodRounds(contestant).flatMap((round) => pick(round) ?? []));
    return spread === null ? [] : [spread.median];
  });
}

function failuresOf(contestant: ContestantResult): string[] {
  return contestant.rounds.flatMap((round, index) =>
    round.ok ? [] : [`FAILED: ${contestant.name}, round ${index + 1}: ${round.failure}`],
  );
}

function goodRounds(contestant: ContestantResult): Round[] {
  return contestant.rounds.flatMap((round) => (round.ok ? [round] : []));
}

function figuresOrGaps(contestant: ContestantResult): (number | undefined)[] {
  return contestant.rounds.map((round) => (round.ok ? round.figure : undefined));
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

function significant(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-GB") : value.toPrecision(3);
}

function formatRate(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-GB") : value.toFixed(2);
}

function formatMicros(us: number): string {
  return us >= 10_000
    ? `${(us / 1_000).toFixed(0)} ms`
    : us >= 1_000
      ? `${(us / 1_000).toFixed(1)} ms`
      : `${Math.round(us)} µs`;
}

function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function formatBytes(bytes: number): string {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return bytes >= 10_240 ? `${(bytes / 1024).toFixed(1)} KiB` : `${Math.round(bytes)} B`;
}

const DISTURBED_SHARE = 0.03;
/** About one time slice of the kernel's. */
const DISTURBED_STALL_US = 4_000;
