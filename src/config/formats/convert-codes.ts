/**
 * What a conversion may say. A note never means that the result is broken: it tells what is not, or not quite, as
 * it was. An error means that nothing is written. The codes are stable; docs/converting.md explains them.
 */

interface CodeEntry {
  readonly severity: "error" | "note";
  readonly meaning: string;
}

export const CONVERT_CODES = {
  "convert.differs": note("It is carried over, and some requests are treated in another way than before."),
  "convert.not_carried": note("It is known and has no counterpart in the result: its effect is gone."),
  "convert.closed": note(
    "What handles these requests, or restricts who may send them, has no counterpart. They are answered with 501 or 403, so that nothing else gets them.",
  ),
  "convert.unknown": note("The format does not know it, or not at this place. It was left out."),
  "convert.unreachable": note("The original never uses it, so it was left out."),
  "convert.default": note("A default of the original that is not Portward's, written out or told."),
  "convert.not_needed": note(
    "It was left out and nothing is lost: Portward does it anyway, or does not need it.",
  ),
  "convert.check": note("`portward check` would warn about what came out of this."),

  "convert.syntax": error("The text cannot be read."),
  "convert.value": error("A value that the original would refuse, or that cannot be understood."),
  "convert.include": error("A file that another one includes cannot be read."),
  "convert.reference": error("It names something that is not in the files given."),
  "convert.regex": error(
    "A pattern that does not run in linear time (RE2 syntax); nothing else can say which requests it takes.",
  ),
  "convert.limit": error("Nested too deeply, or too large."),
  "convert.nothing": error("The files hold nothing that could be converted."),
  "convert.result": error("`portward check` would refuse what came out of this."),
} as const satisfies Record<string, CodeEntry>;

export type ConvertCode = keyof typeof CONVERT_CODES;

export type NoteCode = {
  [C in ConvertCode]: (typeof CONVERT_CODES)[C]["severity"] extends "note" ? C : never;
}[ConvertCode];

export type ErrorCode = Exclude<ConvertCode, NoteCode>;

function note(meaning: string): { readonly severity: "note"; readonly meaning: string } {
  return { severity: "note", meaning };
}

function error(meaning: string): { readonly severity: "error"; readonly meaning: string } {
  return { severity: "error", meaning };
}
