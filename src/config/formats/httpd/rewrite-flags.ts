/** The flags of `RewriteRule`: `[R=301,L,NC]`. */
import { quoted } from "../../diagnostics/wording.ts";
import type { Directive } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";

export interface RewriteFlags {
  readonly ignoresCase: boolean;
  /** `[P]` */
  readonly proxies: boolean;
  /** Of `[R]`, `[F]` and `[G]`. */
  readonly status: number | null;
  readonly dropsQuery: boolean;
}

export function readFlags(directive: Directive, findings: Findings): RewriteFlags {
  const flags = { ignoresCase: false, proxies: false, status: null as number | null, dropsQuery: false };
  for (const [written, value] of flagsOf(directive)) {
    const name = written.toLowerCase();
    if (name === "nc" || name === "nocase") flags.ignoresCase = true;
    else if (name === "p" || name === "proxy") flags.proxies = true;
    else if (name === "r" || name === "redirect") flags.status = statusOf(value);
    else if (name === "f" || name === "forbidden") flags.status = 403;
    else if (name === "g" || name === "gone") flags.status = 410;
    else if (name === "qsd" || name === "qsdiscard") flags.dropsQuery = true;
    else if (!SILENT.has(name)) noteFlag(directive, written, value, findings);
  }
  return flags;
}

/** Names with their values. */
function flagsOf({ words }: Directive): (readonly [string, string])[] {
  const [, inner = ""] = /^\[(.*)\]$/.exec(words[2]?.text ?? "") ?? [];
  return inner.split(",").flatMap((flag) => {
    const [name = "", ...value] = flag.trim().split("=");
    return name === "" ? [] : [[name, value.join("=")] as const];
  });
}

function statusOf(value: string): number {
  const named = { permanent: 301, temp: 302, seeother: 303 }[value.toLowerCase()];
  return named ?? (/^[2-5][0-9][0-9]$/.test(value) ? Number(value) : 302);
}

function noteFlag(directive: Directive, name: string, value: string, findings: Findings): void {
  const written = value === "" ? name : `${name}=${value}`;
  const message = `the flag ${quoted(written)} is not carried over`;
  findings.note("convert.not_carried", directive.words[2] ?? directive.head, message);
}

/** That no further rule is tried is how routes are; escaping is done once, and right. */
const SILENT = new Set(["l", "last", "end", "ne", "noescape", "pt", "passthrough"]);
