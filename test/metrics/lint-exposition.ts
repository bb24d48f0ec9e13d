/**
 * What `promtool check metrics` and the OpenMetrics specification ask of names, types, units and histograms, as a list
 * of what is wrong. Empty is good.
 */
import { type ParsedFamily, parseExposition, type Sample } from "./parse-exposition.ts";

export function lintExposition(text: string, format: "prometheus" | "openMetrics"): string[] {
  const { families, faults, endsWithEof } = parseExposition(text);
  const problems = [...faults];
  if (endsWithEof !== (format === "openMetrics"))
    problems.push("# EOF belongs at the end of OpenMetrics, and only there");
  for (const family of families) {
    const say = (problem: string) => problems.push(`${family.name}: ${problem}`);
    lintHead(family, format, say);
    lintNames(family, format, say);
    lintSamples(family, format, say);
    if (family.type === "histogram") lintHistogram(family, format, say);
  }
  return problems;
}

type Say = (problem: string) => void;

function lintHead(family: ParsedFamily, format: string, say: Say): void {
  const types = format === "openMetrics" ? [...TYPES, "info"] : TYPES;
  if (family.help === null || family.help.trim() === "") say("no HELP");
  if (family.type === null || !types.includes(family.type)) say(`type ${family.type}`);
  if (family.samples.length === 0) say("no sample");
  if (family.unit !== null && format === "prometheus") say("UNIT is no line of this format");
  if (family.unit !== null && !family.name.endsWith(`_${family.unit}`))
    say(`does not end with its unit ${family.unit}`);
  if (format === "openMetrics" && family.unit === null && /_(seconds|bytes)$/.test(family.name))
    say("no UNIT");
}

function lintNames(family: ParsedFamily, format: string, say: Say): void {
  const { name, type } = family;
  const isTotal = name.endsWith("_total");
  if (format === "prometheus" && type === "counter" && !isTotal) say("a counter without _total");
  if (isTotal && (type !== "counter" || format === "openMetrics")) say("_total in the name of the family");
  if (/_(bucket|count|sum)$/.test(name)) say("ends like a part of a histogram");
  if (/_info$/.test(name) && format === "openMetrics") say("_info in the name of the family");
  if (/[A-Z]|__|:/.test(name)) say("not in snake case, or for recording rules");
  if (type !== null && name.split("_").includes(type)) say("has its type in its name");
  const unit = name.split("_").find((word) => OTHER_UNITS.includes(word));
  if (unit !== undefined) say(`${unit} is no base unit`);
}

function lintSamples(family: ParsedFamily, format: string, say: Say): void {
  const seen = new Set<string>();
  const labelSets = new Set<string>();
  for (const sample of family.samples) {
    const identity = `${sample.name} ${JSON.stringify([...sample.labels].sort())}`;
    if (seen.has(identity)) say(`twice: ${identity}`);
    seen.add(identity);
    if (!sampleNames(family, format).includes(sample.name)) say(`a sample called ${sample.name}`);
    if (new Set(sample.labels.map(([label]) => label)).size < sample.labels.length) say("a label twice");
    if (Number.isNaN(sample.value)) say(`NaN: ${identity}`);
    if (family.type !== "gauge" && sample.value < 0) say(`below 0: ${identity}`);
    for (const [label] of sample.labels) {
      if (label.startsWith("__") || (label === "le" && family.type !== "histogram")) say(`label ${label}`);
    }
    labelSets.add(String(sample.labels.map(([label]) => label).filter((label) => label !== "le")));
  }
  if (labelSets.size > 1) say(`different labels: ${[...labelSets].join(" | ")}`);
}

function sampleNames({ name, type }: ParsedFamily, format: string): string[] {
  if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  if (format === "openMetrics" && type === "counter") return [`${name}_total`];
  if (format === "openMetrics" && type === "info") return [`${name}_info`];
  return [name];
}

function lintHistogram(family: ParsedFamily, format: string, say: Say): void {
  const groups = Map.groupBy(family.samples, ({ labels }) =>
    JSON.stringify(labels.filter(([label]) => label !== "le")),
  );
  for (const [labels, samples] of groups) {
    const part = (suffix: string) => samples.filter(({ name }) => name === `${family.name}_${suffix}`);
    const [buckets, counts, sums] = [part("bucket"), part("count"), part("sum")];
    if (counts.length !== 1 || sums.length !== 1) say(`${labels}: _count and _sum are not there once`);
    lintBuckets(buckets, counts[0]?.value, format, (problem) => say(`${labels}: ${problem}`));
    if (!isConsecutive(samples)) say(`${labels}: mixed with others`);
  }
}

function lintBuckets(buckets: readonly Sample[], count: number | undefined, format: string, say: Say): void {
  const bounds = buckets.map(({ labels }) => labels.find(([label]) => label === "le")?.[1] ?? "none");
  if (bounds.at(-1) !== "+Inf") say("the last bucket is not +Inf");
  if (buckets.at(-1)?.value !== count) say("+Inf and _count differ");
  if (format === "openMetrics" && bounds.some((bound) => bound !== "+Inf" && !bound.includes("."))) {
    say("a bound without a point");
  }
  const values = bounds.map((bound) => (bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound)));
  for (let i = 1; i < buckets.length; i++) {
    if (!(values[i]! > values[i - 1]!)) say(`bound ${bounds[i]} is not above ${bounds[i - 1]}`);
    if (buckets[i]!.value < buckets[i - 1]!.value)
      say(`fewer up to ${bounds[i]} than up to ${bounds[i - 1]}`);
  }
}

function isConsecutive(samples: readonly Sample[]): boolean {
  return samples.every(({ line }, i) => i === 0 || line === samples[i - 1]!.line + 1);
}

const TYPES = ["counter", "gauge", "histogram", "summary"];
const OTHER_UNITS = [
  "ms",
  "milliseconds",
  "minutes",
  "hours",
  "kilobytes",
  "megabytes",
  "kb",
  "mb",
  "bits",
  "percent",
  "celsius",
];
