/** Reads both text formats, strictly: a line that is not of the format is an error, not skipped. */

export interface Sample {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  readonly line: number;
}

export interface ParsedFamily {
  readonly name: string;
  type: string | null;
  help: string | null;
  unit: string | null;
  readonly samples: Sample[];
}

export interface Exposition {
  readonly families: readonly ParsedFamily[];
  readonly faults: readonly string[];
  readonly endsWithEof: boolean;
}

export function parseExposition(text: string): Exposition {
  const families: ParsedFamily[] = [];
  const faults: string[] = [];
  if (!text.endsWith("\n")) faults.push("the last line does not end");
  const lines = text.split("\n").slice(0, -1);
  const endsWithEof = lines.at(-1) === "# EOF";
  for (const [i, line] of (endsWithEof ? lines.slice(0, -1) : lines).entries()) {
    const meta = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (meta !== null) readMeta(families, faults, meta[1]!, meta[2]!, meta[3]!);
    else readSample(families, faults, line, i + 1);
  }
  return { families, faults, endsWithEof };
}

function readMeta(
  families: ParsedFamily[],
  faults: string[],
  what: string,
  name: string,
  text: string,
): void {
  let family = families.at(-1);
  if (family?.name !== name) {
    if (families.some((each) => each.name === name)) faults.push(`${name}: described in two places`);
    family = { name, type: null, help: null, unit: null, samples: [] };
    families.push(family);
  }
  const key = what.toLowerCase() as "help" | "type" | "unit";
  if (family[key] !== null) faults.push(`${name}: two ${what} lines`);
  if (family.samples.length > 0) faults.push(`${name}: ${what} behind its samples`);
  family[key] = text;
}

function readSample(families: ParsedFamily[], faults: string[], line: string, at: number): void {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  const labels = match === null ? null : readLabels(match[2] ?? "");
  if (match === null || labels === null || !NUMBER.test(match[3]!)) {
    faults.push(`line ${at} is not of the format: ${line}`);
    return;
  }
  const family = families.at(-1);
  const value = match[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (family === undefined) faults.push(`line ${at}: a sample before any TYPE`);
  else family.samples.push({ name: match[1]!, labels, value, line: at });
}

/** Null when they cannot be read. */
function readLabels(text: string): (readonly [string, string])[] | null {
  const labels: [string, string][] = [];
  let rest = text;
  while (rest !== "") {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    if (match === null) return null;
    labels.push([match[1]!, match[2]!.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped))]);
    rest = rest.slice(match[0].length);
  }
  return labels;
}

const NUMBER = /^([+-]?Inf|NaN|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/;
