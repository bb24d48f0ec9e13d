/**
 * Chooses the rules of a request's host, before any path is looked at: the exact name, then the longest
 * wildcard, then the rules without a host. The choice is final: when the chosen host has no matching path,
 * a less specific host is not tried, as nginx and Gateway listeners do it. A catch-all route can so never leak
 * into a host that somebody has configured.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { RouteStep } from "./router.ts";
import { TextTable } from "./text-table.ts";

export type HostPattern =
  | { readonly kind: "exact"; readonly name: string }
  /** With its leading dot. */
  | { readonly kind: "wildcard"; readonly suffix: string }
  | { readonly kind: "any" };

/** @returns what is wrong, for people, as the error */
export function parseHost(pattern: string): Result<HostPattern, string> {
  const wildcard = pattern.startsWith("*.");
  const name = (wildcard ? pattern.slice(2) : pattern).toLowerCase().replace(/(?<=[^.])\.$/, "");
  if (name.includes("*")) return err("'*' may only be the first label, as in '*.shop.example'");
  if (PORT.test(name)) return err("a host has no port here; the listener decides it");
  if (!NAME.test(name) && (wildcard || !IP_LITERAL.test(name))) {
    return err("this is not a host name (other scripts are written in their xn-- form)");
  }
  return ok(wildcard ? { kind: "wildcard", suffix: `.${name}` } : { kind: "exact", name });
}

/** How a pattern is written in the configuration; null for any host. */
export function hostText(pattern: HostPattern): string | null {
  if (pattern.kind === "any") return null;
  return pattern.kind === "exact" ? pattern.name : `*${pattern.suffix}`;
}

export class HostIndex<R> {
  readonly #table: TextTable;
  /** By the table's values. */
  readonly #routes: readonly R[];
  readonly #patterns: readonly HostPattern[];
  readonly #any: R | null;
  /** Longer suffixes need not be looked up. 0 without wildcards. */
  readonly #longestSuffix: number;

  /** @param entries distinct patterns, each with what its host has */
  constructor(entries: readonly (readonly [HostPattern, R])[]) {
    const named = entries.filter(([pattern]) => pattern.kind !== "any");
    this.#any = entries.find(([pattern]) => pattern.kind === "any")?.[1] ?? null;
    this.#routes = named.map(([, routes]) => routes);
    this.#patterns = named.map(([pattern]) => pattern);
    this.#table = new TextTable(this.#patterns.map(tableKey));
    const suffixes = this.#patterns.map((pattern) =>
      pattern.kind === "wildcard" ? pattern.suffix.length : 0,
    );
    this.#longestSuffix = suffixes.reduce((longest, length) => Math.max(longest, length), 0);
  }

  /** As `find`. A listener whose routes name no host does not ask for it: making the text is a tenth of a match. */
  of(request: { readonly host: string }, trace: RouteStep[] | null): R | null {
    return this.#routes.length === 0 && trace === null ? this.#any : this.find(request.host, trace);
  }

  /**
   * @param host lower-case, without a port; the root's dot (`shop.example.`) makes no difference
   * @param trace receives all that fit, instead of only the first being looked for
   */
  find(host: string, trace: RouteStep[] | null): R | null {
    const length = host.endsWith(".") ? host.length - 1 : host.length;
    let chosen = this.#take(this.#table.find(EXACT, host, 0, length), null, trace);
    if (this.#longestSuffix > 0 && (chosen === null || trace !== null)) {
      chosen = this.#wildcards(host, length, chosen, trace);
    }
    if (trace !== null && this.#any !== null)
      trace.push({ type: "host", pattern: null, chosen: chosen === null });
    return chosen ?? this.#any;
  }

  /** From the longest suffix to the shortest. At least one label, which is not empty, stands before it. */
  #wildcards(host: string, length: number, exact: R | null, trace: RouteStep[] | null): R | null {
    let chosen = exact;
    for (let dot = host.indexOf(".", 1); dot !== -1 && dot < length; dot = host.indexOf(".", dot + 1)) {
      if (length - dot > this.#longestSuffix) continue;
      chosen = this.#take(this.#table.find(WILDCARD, host, dot, length), chosen, trace);
      if (chosen !== null && trace === null) return chosen;
    }
    return chosen;
  }

  #take(found: number, chosen: R | null, trace: RouteStep[] | null): R | null {
    if (found === -1) return chosen;
    if (trace !== null) {
      trace.push({ type: "host", pattern: hostText(this.#patterns[found]!), chosen: chosen === null });
    }
    return chosen ?? this.#routes[found]!;
  }
}

function tableKey(pattern: HostPattern): { readonly scope: number; readonly text: string } {
  if (pattern.kind === "wildcard") return { scope: WILDCARD, text: pattern.suffix };
  return { scope: EXACT, text: pattern.kind === "exact" ? pattern.name : "" };
}

/** Scopes of the table. */
const EXACT = 0;
const WILDCARD = 1;

/** Letters, digits, `-` and, because such names exist in private zones, `_`; labels as in RFC 1123. */
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const IP_LITERAL = /^\[[0-9a-f:.]+\]$/;

const PORT = /^(?:[^:]*|\[.*\]):\d+$/;
