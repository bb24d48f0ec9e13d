/**
 * Checks the direction of imports (docs/architecture.md): a folder of src/ imports only from folders
 * of a lower rank, never sideways; protocol/ stays free of sockets, clocks and promises.
 */
import { Glob } from "bun";

const RANKS: readonly (readonly string[])[] = [
  ["base"],
  ["protocol", "io", "observe"],
  ["link"],
  ["routing", "pipeline", "upstream"],
  ["exchange"],
  ["downstream"],
  ["config"],
  ["compile"],
  ["explain", "tracing"],
  ["plan"],
  ["discovery", "certificates"],
  ["acme"],
  ["runtime"],
  ["admin"],
  ["supervisor"],
  ["cli"],
  ["main.ts"],
];

/** The one file that may look at package.json, for all. */
const VERSION_FILE = "base/version.ts";

/** Inside protocol/, versions know http/ and never each other. */
const PROTOCOL_FOLDERS_FREE_FOR_ALL = new Set(["http"]);
const FORBIDDEN_IN_PROTOCOL =
  /\b(Bun\.|async\b|await\b|Promise\b|Date\b|setTimeout\b|setInterval\b|performance\.)|from "node:/;
const BYTE_PATH = new Set([
  "base",
  "protocol",
  "io",
  "link",
  "upstream",
  "exchange",
  "downstream",
  "routing",
  "pipeline",
]);

const problems: string[] = [];
const rankOf = new Map(RANKS.flatMap((names, rank) => names.map((name) => [name, rank] as const)));

for await (const file of new Glob("**/*.ts").scan("src")) {
  const text = await Bun.file(`src/${file}`).text();
  checkRanks(file, text);
  checkPurity(file, text);
}

for (const problem of problems.sort()) console.error(problem);
console.log(problems.length === 0 ? "imports: ok" : `imports: ${problems.length} wrong`);
process.exit(problems.length === 0 ? 0 : 1);

function checkRanks(file: string, text: string): void {
  const from = file.split("/");
  const rank = rankOf.get(from[0]!);
  if (rank === undefined) {
    problems.push(`src/${file}: folder '${from[0]}' has no rank in scripts/check-imports.ts`);
    return;
  }
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const target = resolve(file, specifier!);
    const to = target.split("/");
    if (target.startsWith("..")) {
      if (from[0] !== "cli" && file !== VERSION_FILE)
        problems.push(`src/${file}: imports ${specifier} from outside src/`);
      continue;
    }
    if (to[0] === from[0]) checkSiblings(file, from, to);
    else if (!(rankOf.get(to[0]!)! < rank)) {
      problems.push(`src/${file}: imports src/${target}, which is not of a lower rank`);
    }
  }
}

function checkSiblings(file: string, from: string[], to: string[]): void {
  if (from[0] !== "protocol" || from[1] === to[1] || PROTOCOL_FOLDERS_FREE_FOR_ALL.has(to[1]!)) return;
  problems.push(
    `src/${file}: one protocol imports another (src/${to.join("/")}); both may import protocol/http`,
  );
}

function checkPurity(file: string, text: string): void {
  if (file.endsWith(".test.ts")) return;
  const folder = file.split("/")[0]!;
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  if (folder === "protocol" && FORBIDDEN_IN_PROTOCOL.test(code)) {
    problems.push(
      `src/${file}: '${FORBIDDEN_IN_PROTOCOL.exec(code)?.[0]}' below protocol/, which does no I/O (use io/)`,
    );
  }
  if (BYTE_PATH.has(folder) && /[:<]\s*any\b|\bas any\b/.test(code)) {
    problems.push(`src/${file}: 'any' on the byte path`);
  }
}

function resolve(file: string, specifier: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
