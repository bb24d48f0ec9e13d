/**
 * Collects what a conversion has to say, each with its place in the foreign file. A note is told once per place;
 * the result carries those about its parts as comments.
 */
import type { Finding, RelatedPlace } from "../diagnostics/diagnostic.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { CONVERT_CODES, type ConvertCode, type ErrorCode, type NoteCode } from "./convert-codes.ts";

export interface FindingExtras {
  readonly suggestion?: string | null;
  readonly related?: readonly RelatedPlace[];
}

/** A note, and where it belongs. */
export interface PlacedNote {
  readonly code: NoteCode;
  readonly message: string;
  readonly place: Place;
}

export class Findings {
  readonly notes: PlacedNote[] = [];
  readonly #found = new Map<string, Finding>();
  readonly #files: readonly string[];
  #errors = 0;
  #dropped = 0;

  /** @param files in the order in which findings are told; others follow as they are met */
  constructor(files: readonly string[] = []) {
    this.#files = files;
  }

  get errorCount(): number {
    return this.#errors;
  }

  /** Whether more is only counted. */
  get isFull(): boolean {
    return this.#found.size >= LIST_LIMIT;
  }

  note(code: NoteCode, place: Place, message: string, extras: FindingExtras = {}): void {
    const finding = findingAt(code, place, message, extras);
    if (this.add(finding)) this.notes.push({ code, message, place });
  }

  error(code: ErrorCode, place: Place, message: string, extras: FindingExtras = {}): void {
    this.add(findingAt(code, place, message, extras));
  }

  /** Whether it was new, and there was room for it. */
  add(finding: Finding): boolean {
    const { file, line, column } = finding.origin;
    const key = `${file}\0${line}\0${column}\0${finding.code}\0${finding.message}`;
    if (finding.severity === "error") this.#errors++;
    if (this.#found.has(key)) return false;
    // An error is what explains that nothing was written: it finds room.
    const room = finding.severity === "error" ? 2 * LIST_LIMIT : LIST_LIMIT;
    if (this.#found.size >= room) {
      this.#dropped++;
      return false;
    }
    this.#found.set(key, finding);
    return true;
  }

  /** By file in the order in which they were met, then by line and column. */
  sorted(): Finding[] {
    const rank = new Map<string, number>(this.#files.map((file, index) => [file, index]));
    for (const { origin } of this.#found.values())
      if (!rank.has(origin.file)) rank.set(origin.file, rank.size);
    const all = [...this.#found.values()].sort(
      (a, b) =>
        rank.get(a.origin.file)! - rank.get(b.origin.file)! ||
        a.origin.line - b.origin.line ||
        a.origin.column - b.origin.column,
    );
    return this.#dropped === 0 ? all : [...all.slice(0, -1), withDropped(all.at(-1)!, this.#dropped)];
  }
}

function findingAt(code: ConvertCode, place: Place, message: string, extras: FindingExtras): Finding {
  return {
    severity: CONVERT_CODES[code].severity,
    code,
    message,
    origin: originOf(place),
    excerpt: place.source.excerptAt(place.start, place.end),
    suggestion: extras.suggestion ?? null,
    related: extras.related ?? [],
  };
}

function withDropped(last: Finding, dropped: number): Finding {
  return { ...last, message: `${last.message} (and ${dropped} more findings that are not shown)` };
}

/** A real configuration has some dozens; a generated one may have many, and memory has its end. */
const LIST_LIMIT = 10_000;
