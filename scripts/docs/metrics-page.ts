/** The parts of docs/metrics.md that repeat src/observe/metrics. */
import { sampleName } from "../../src/observe/metrics/exposition.ts";
import { FAMILIES, type Family } from "../../src/observe/metrics/families.ts";
import { METHODS, STATUS_CLASSES } from "../../src/observe/metrics/label-words.ts";

export function familiesTable(): string {
  const rows = Object.values<Family>(FAMILIES).map((family) => {
    const labels = family.labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${sampleName(family)}\` | ${family.type} | ${labels} | ${family.help} |`;
  });
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

export function labelsTable(): string {
  const list = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(", ");
  const rows: readonly (readonly [labels: string, values: string])[] = [
    ["`listener`", "names in the configuration"],
    ["`route`", "the route's label, `shop/0`; empty for requests that no route took"],
    ["`upstream`", "names in the configuration; empty for routes that answer themselves"],
    ["`target`", "`host:port` or `unix:/path`"],
    ["`method`", list(METHODS)],
    ["`code`", `the class of the status: ${list(STATUS_CLASSES)}`],
    ["`error`", "the words of [errors.md](errors.md)"],
    ["`worker`", "the number of a slot, 0 and up; the process that follows another may have another one"],
  ];
  const lines = rows.map(([labels, values]) => `| ${labels} | ${values} |`);
  return ["| label | values |", "|---|---|", ...lines].join("\n");
}
