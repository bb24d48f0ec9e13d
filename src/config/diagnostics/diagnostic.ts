/**
 * One finding about a configuration: a code, a place and a sentence, with all that is needed to show it.
 * Plain data, so that `check --json`, the admin address and an editor print the same thing.
 */
import type { Origin } from "../model.ts";
import { type Excerpt, originOf, type Place } from "../source/source-text.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode, type Severity } from "./codes.ts";

/** What every finding shows, whoever found it: a look at the configuration, or the conversion of a foreign one. */
export interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly origin: Origin;
  /** Absent when there is no text to show: a file that is missing or too large. */
  readonly excerpt: Excerpt | null;
  /** What to write instead, as a sentence. */
  readonly suggestion: string | null;
  /** Other places that take part: "first defined here". */
  readonly related: readonly RelatedPlace[];
  /** How it came about, line by line. */
  readonly details?: readonly string[];
}

export interface Diagnostic extends Finding {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
}

export interface RelatedPlace {
  readonly message: string;
  readonly origin: Origin;
  readonly excerpt: Excerpt | null;
}

export interface DiagnosticExtras {
  readonly suggestion?: string | null | undefined;
  readonly related?: readonly RelatedPlace[];
  readonly details?: readonly string[];
}

/** A finding at a place in a file's text. */
export function diagnose(
  code: DiagnosticCode,
  place: Place,
  message: string,
  extras: DiagnosticExtras = {},
): Diagnostic {
  return {
    severity: DIAGNOSTIC_CODES[code].severity,
    code,
    message,
    origin: originOf(place),
    excerpt: place.source.excerptAt(place.start, place.end),
    suggestion: extras.suggestion ?? null,
    related: extras.related ?? [],
    ...(extras.details === undefined ? {} : { details: extras.details }),
  };
}

/** A finding about a whole file, whose text cannot be shown. */
export function diagnoseFile(
  code: DiagnosticCode,
  file: string,
  message: string,
  suggestion: string | null = null,
): Diagnostic {
  const origin = { file, line: 1, column: 1 };
  return {
    severity: DIAGNOSTIC_CODES[code].severity,
    code,
    message,
    origin,
    excerpt: null,
    suggestion,
    related: [],
  };
}

/** The second place of a finding. */
export function relatedAt(place: Place, message: string): RelatedPlace {
  return { message, origin: originOf(place), excerpt: place.source.excerptAt(place.start, place.end) };
}
