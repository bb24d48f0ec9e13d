/** Notes for all that nobody has read: the end of every conversion, and the reason why nothing is left out in silence. */
import { didYouMean } from "../../diagnostics/near-miss.ts";
import { quoted } from "../../diagnostics/wording.ts";
import type { Findings } from "../findings.ts";
import type { Directive } from "./directive.ts";
import type { Reading } from "./scope.ts";

/** What a format knows of names. A name that it knows nothing of is a slip, or a module of somebody else's. */
export interface KnownDirectives {
  /** Why nothing is lost without a directive, or null. */
  reasonNotNeeded(directive: Directive): string | null;
  /** Why a directive has no counterpart, or null. */
  reasonNotCarried(name: string): string | null;
  /** Whether the directive is read somewhere, so that it merely has nothing to act on here. */
  isCarried(name: string): boolean;
  /** For near misses. */
  names(): Iterable<string>;
  /** Their inside is data, not directives. */
  readonly dataBlocks: ReadonlySet<string>;
}

export function reportUnread(
  directives: readonly Directive[],
  reading: Reading,
  known: KnownDirectives,
  findings: Findings,
): void {
  for (const directive of directives) {
    const state = reading.stateOf(directive);
    if (state === "unread") report(directive, known, findings);
    if (directive.block === null || known.dataBlocks.has(directive.name)) continue;
    if (state === "read") reportUnread(directive.block, reading, known, findings);
    else reportUnknown(directive.block, known, findings);
  }
}

/** Inside a block that is left out as a whole, only what nobody would expect there is worth a line. */
function reportUnknown(directives: readonly Directive[], known: KnownDirectives, findings: Findings): void {
  for (const directive of directives) {
    if (!isKnown(directive, known)) report(directive, known, findings);
    if (directive.block !== null && !known.dataBlocks.has(directive.name))
      reportUnknown(directive.block, known, findings);
  }
}

function isKnown(directive: Directive, known: KnownDirectives): boolean {
  const { name } = directive;
  return (
    known.isCarried(name) ||
    known.reasonNotNeeded(directive) !== null ||
    known.reasonNotCarried(name) !== null
  );
}

function report(directive: Directive, known: KnownDirectives, findings: Findings): void {
  const { name, label, head } = directive;
  const notNeeded = known.reasonNotNeeded(directive);
  if (notNeeded !== null) {
    findings.note("convert.not_needed", head, `${quoted(label)} was left out: ${notNeeded}`);
    return;
  }
  if (known.isCarried(name)) {
    findings.note(
      "convert.not_carried",
      head,
      `${quoted(label)} was left out: nothing that was converted uses it here`,
    );
    return;
  }
  const notCarried = known.reasonNotCarried(name);
  if (notCarried !== null) {
    findings.note("convert.not_carried", head, `${quoted(label)} is not carried over: ${notCarried}`);
    return;
  }
  // Whoever gave a file of another kind does not read ten thousand suggestions.
  const suggestion = findings.isFull ? null : didYouMean(name, known.names());
  findings.note("convert.unknown", head, `the directive ${quoted(label)} is not known and was left out`, {
    suggestion,
  });
}
