/**
 * Collects findings while a configuration is read. A value that is used twice through a YAML alias is
 * reported once, and a file that is wrong from end to end does not fill memory with complaints.
 */
import { Secrets } from "../references/secrets.ts";
import type { Diagnostic } from "./diagnostic.ts";

export class DiagnosticList {
  /** Grows while references are resolved; no message shows one of them. */
  readonly secrets = new Secrets();
  readonly #found = new Map<string, Diagnostic>();
  #errors = 0;
  #told = 0;
  #dropped = 0;

  add(diagnostic: Diagnostic): void {
    const { file, line, column } = diagnostic.origin;
    const key = `${file}\0${line}\0${column}\0${diagnostic.code}\0${diagnostic.message}`;
    // Counted even when it is shown already: whoever asks whether a value was sound must hear no.
    if (diagnostic.severity === "error") this.#errors++;
    this.#told++;
    if (this.#found.has(key)) return;
    if (this.#found.size < LIST_LIMIT) this.#found.set(key, this.#redacted(diagnostic));
    else this.#dropped++;
  }

  addAll(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.add(diagnostic);
  }

  /** Adds what `explain` makes of `count` errors, or only counts them once nobody would read it. */
  addExplained(count: number, explain: () => readonly Diagnostic[]): void {
    if (this.#found.size < LIST_LIMIT) return this.addAll(explain());
    this.#errors += count;
    this.#told += count;
    this.#dropped += count;
  }

  #redacted(diagnostic: Diagnostic): Diagnostic {
    const { message, suggestion } = diagnostic;
    const shown = this.secrets.redact(message);
    const hint = suggestion === null ? null : this.secrets.redact(suggestion);
    return shown === message && hint === suggestion
      ? diagnostic
      : { ...diagnostic, message: shown, suggestion: hint };
  }

  get errorCount(): number {
    return this.#errors;
  }

  /** How much was told, warnings and repetitions included: whoever asks before and after knows whether a part is sound. */
  get toldCount(): number {
    return this.#told;
  }

  /** What was not even opened first, then in the order of the files given, by line and column. */
  sorted(files: readonly string[]): Diagnostic[] {
    const rank = new Map(files.map((file, index) => [file, index]));
    const rankOf = (diagnostic: Diagnostic) => rank.get(diagnostic.origin.file) ?? -1;
    const all = [...this.#found.values()].sort(
      (a, b) => rankOf(a) - rankOf(b) || a.origin.line - b.origin.line || a.origin.column - b.origin.column,
    );
    return this.#dropped === 0 ? all : [...all.slice(0, -1), withDropped(all.at(-1)!, this.#dropped)];
  }
}

function withDropped(last: Diagnostic, dropped: number): Diagnostic {
  return { ...last, message: `${last.message} (and ${dropped} more findings that are not shown)` };
}

/** Far more than anybody reads, far less than memory holds. */
const LIST_LIMIT = 1000;
