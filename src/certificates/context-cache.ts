/**
 * Contexts by what is in them, so that sessions and the keys of their tickets outlive a reload that changes
 * something else.
 */
import { createHash } from "node:crypto";
import type { Result } from "../base/result.ts";
import { createTlsContext, type TlsContext, type TlsContextOptions } from "../io/tls-context.ts";

export class ContextCache {
  #contexts = new Map<string, TlsContext>();

  of(options: TlsContextOptions): Result<TlsContext, string> {
    const key = digest(options);
    const known = this.#contexts.get(key);
    if (known !== undefined) return { ok: true, value: known };
    const made = createTlsContext(options);
    if (made.ok) this.#contexts.set(key, made.value);
    return made;
  }

  /** Forgets what is not among these. */
  keep(used: ReadonlySet<TlsContext>): void {
    this.#contexts = new Map([...this.#contexts].filter(([, context]) => used.has(context)));
  }
}

export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64");
}
