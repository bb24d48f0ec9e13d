/** The parts of docs/metrics.md that repeat src/observe/metrics. */
import { sampleName } from "../../src/observe/metrics/exposition.ts";
import { FAMILIES, type Family } from "../../src/observe/metrics/families.ts";
import { METHODS, STATUS_CLASSES } from "../../src/observe/metrics/label-words.ts";
import { OUT_REASONS } from "../../src/observe/metrics/target-meter.ts";

export function familiesTable(): string {
  const rows = Object.values<Family>(FAMILIES).map((family) => {
    const labels = family.labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${sampleName(family)}\` | ${family.type} | ${labels} | ${family.help} |`;
  });
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** Throws when a label is not described, or no metric has it. */
export function labelsTable(): string {
  const used = new Set(Object.values<Family>(FAMILIES).flatMap(({ labels }) => labels));
  const known = Object.keys(LABELS);
  const strange = [...used].filter((label) => !known.includes(label));
  const idle = known.filter((label) => !used.has(label));
  if (strange.length + idle.length > 0)
    throw new Error(`labels without use or words: ${[...strange, ...idle]}`);
  const lines = Object.entries(LABELS).map(([label, values]) => `| \`${label}\` | ${values} |`);
  return ["| label | values |", "|---|---|", ...lines].join("\n");
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}

const LABELS: Readonly<Record<string, string>> = {
  listener: "names in the configuration",
  route: "the route's label, `shop/0`; empty for requests that no route took",
  upstream: "names in the configuration; empty for routes that answer themselves",
  certificate: "the file, as it is configured",
  name: "of a certificate that is obtained, as `portward cert list` calls it",
  target: "`host:port`, `tls://host:port` or `unix:/path`",
  method: list(METHODS),
  code: `the class of the status: ${list(STATUS_CLASSES)}`,
  error: "the words of [errors.md](errors.md)",
  rule: "of [http2.md](http2.md#what-a-peer-may-do-wrong), of those that end a connection: `h2.budget`, `h2.continuationFlood`, …",
  reason: list(OUT_REASONS),
  state: list(["idle", "busy", "connecting"]),
  result: `${list(["done", "failed"])} of handshakes, ${list(["done", "refused"])} of reloads`,
  worker: "the number of a slot, 0 and up; the process that follows another may have another one",
  version: "of the program",
  runtime: "what it runs on, with its version",
};
