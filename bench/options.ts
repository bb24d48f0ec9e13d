/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";

export interface Options {
  readonly only: readonly string[] | null;
  readonly peers: readonly string[];
  /** Other builds of Portward, measured like it. */
  readonly also: readonly { readonly name: string; readonly program: string }[];
  readonly rounds: number;
  readonly seconds: number;
  /** Where the JSON goes; `null`: nowhere. */
  readonly json: string | null;
  readonly proxyCore: number;
  readonly loadCore: number;
}

export const USAGE = `usage: npm run bench -- [options]
  --only small,rich      these workloads (default: all)
  --peers portward,nginx,haproxy
                         these proxies (default: all three)
  --also NAME=PROGRAM    another build of Portward, for example before=../old/bin/portward; may be repeated
  --rounds N             counted rounds of each proxy (default 5)
  --seconds S            length of a round, whole seconds (default 2)
  --cores P,L            the proxy's core, and the core of load and origin (default 0,1)
  --json FILE            where the figures go (default bench-results.json; "-": nowhere)`;

/** Throws a sentence for the user; the caller prints it with the usage. */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({ args: [...args], options: DEFINITIONS });
  if (values.help) return "help";
  const cores = values.cores.split(",").map((core) => wholeNumber("--cores", core, 0));
  return {
    only: values.only?.split(",") ?? null,
    peers: values.peers === "" ? [] : values.peers.split(","),
    also: (values.also ?? []).map(parseAlso),
    rounds: wholeNumber("--rounds", values.rounds, 1),
    seconds: wholeNumber("--seconds", values.seconds, 1),
    json: values.json === "-" ? null : values.json,
    proxyCore: cores[0] ?? 0,
    loadCore: cores[1] ?? 1,
  };
}

function parseAlso(text: string): { name: string; program: string } {
  const [name, program] = text.split("=", 2);
  if (!name || !program) throw new Error(`--also wants NAME=PROGRAM, not '${text}'`);
  return { name, program };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option} wants a whole number of at least ${least}, not '${text}'`);
  }
  return value;
}

const DEFINITIONS = {
  only: { type: "string" },
  peers: { type: "string", default: "portward,nginx,haproxy" },
  also: { type: "string", multiple: true },
  rounds: { type: "string", default: "5" },
  seconds: { type: "string", default: "2" },
  cores: { type: "string", default: "0,1" },
  json: { type: "string", default: "bench-results.json" },
  help: { type: "boolean", short: "h", default: false },
} as const;
