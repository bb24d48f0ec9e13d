/**
 * Readings as text: the format of Prometheus (0.0.4) and OpenMetrics 1.0, which differ in the names of counters, in
 * units, in how numbers look, and in the end.
 */
import { EXPOSED_BOUNDS } from "./duration-scale.ts";
import { FAMILIES, type Family, type FamilyName } from "./families.ts";
import type { Durations, Readings, Series } from "./readings.ts";

export type ExpositionFormat = "prometheus" | "openMetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

export function render(readings: Readings, format: ExpositionFormat): string {
  const lines: string[] = [];
  for (const name of Object.keys(FAMILIES) as FamilyName[]) {
    const series = readings.of(name);
    if (series.length === 0) continue;
    head(lines, FAMILIES[name], format);
    for (const each of series) samples(lines, FAMILIES[name], each, format);
  }
  if (format === "openMetrics") lines.push("# EOF");
  lines.push("");
  return lines.join("\n");
}

/** The name of a family's samples, but for those of a histogram. */
export function sampleName({ name, type }: Family): string {
  return type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
}

function head(lines: string[], family: Family, format: ExpositionFormat): void {
  const isOpen = format === "openMetrics";
  const name = isOpen ? family.name : sampleName(family);
  const type = family.type === "info" && !isOpen ? "gauge" : family.type;
  lines.push(
    `# HELP ${name} ${isOpen ? escaped(family.help) : escapedHelp(family.help)}`,
    `# TYPE ${name} ${type}`,
  );
  if (isOpen && family.unit !== null) lines.push(`# UNIT ${name} ${family.unit}`);
}

function samples(lines: string[], family: Family, { labels, value }: Series, format: ExpositionFormat): void {
  const pairs = family.labels.map((label, i) => `${label}="${escaped(labels[i]!)}"`).join(",");
  if (typeof value === "number") lines.push(`${sampleName(family)}${braced(pairs)} ${value}`);
  else histogram(lines, family.name, pairs, value, format);
}

/** The last bucket, the count and the buckets agree whatever happens: all are sums of the same. */
function histogram(
  lines: string[],
  name: string,
  pairs: string,
  { buckets, sumMs }: Durations,
  format: ExpositionFormat,
): void {
  const comma = pairs === "" ? "" : ",";
  let count = 0;
  for (const [i, bound] of EXPOSED_BOUNDS.entries()) {
    count += buckets[i]!;
    lines.push(`${name}_bucket{${pairs}${comma}le="${boundText(bound, format)}"} ${count}`);
  }
  count += buckets[EXPOSED_BOUNDS.length]!;
  lines.push(
    `${name}_bucket{${pairs}${comma}le="+Inf"} ${count}`,
    `${name}_sum${braced(pairs)} ${sumMs / 1000}`,
    `${name}_count${braced(pairs)} ${count}`,
  );
}

/** OpenMetrics wants a point in every bound, so that there is one way to write each. */
function boundText(bound: number, format: ExpositionFormat): string {
  return format === "openMetrics" && Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function braced(pairs: string): string {
  return pairs === "" ? "" : `{${pairs}}`;
}

function escaped(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"');
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
