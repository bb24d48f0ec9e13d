/**
 * Which note stands above which part of the result: the innermost part whose source holds the place of the note.
 * What is about no part (a directive of the whole server process, say) stands on standard error only.
 */
import type { Place, SourceText } from "../../source/source-text.ts";
import type { PlacedNote } from "../findings.ts";

/** The notes of each part; a part without any is not in it. */
export function notesByPart<P extends Part>(
  parts: readonly P[],
  notes: readonly PlacedNote[],
): ReadonlyMap<P, readonly PlacedNote[]> {
  const found = new Map<P, PlacedNote[]>();
  for (const [source, own] of bySource(notes)) {
    assign(
      parts.filter((part) => spanOf(part).source === source),
      own,
      found,
    );
  }
  return found;
}

interface Part {
  readonly from: Place;
  readonly notesFrom?: Place | undefined;
}

function spanOf({ from, notesFrom }: Part): Place {
  return notesFrom ?? from;
}

/** As text: `nginx.conf:12: …`, cut into lines. */
export function commentLines(notes: readonly PlacedNote[], width: number): string[] {
  return notes.flatMap(({ place, message }) => {
    const { file, line } = place.source.originAt(place.start);
    return wrapped(`${file}:${line}: ${message}`, width - 2).map((text, index) =>
      index === 0 ? `# ${text}` : `#   ${text}`,
    );
  });
}

function bySource(notes: readonly PlacedNote[]): Map<SourceText, PlacedNote[]> {
  const groups = new Map<SourceText, PlacedNote[]>();
  for (const note of notes) {
    if (!SHOWN(note)) continue;
    const group = groups.get(note.place.source);
    if (group === undefined) groups.set(note.place.source, [note]);
    else group.push(note);
  }
  return groups;
}

/** Parts nest like the blocks they come from, so one walk over both in order of their places is enough. */
function assign<P extends Part>(
  parts: readonly P[],
  notes: readonly PlacedNote[],
  found: Map<P, PlacedNote[]>,
): void {
  // Of parts with one and the same source the first gets the notes: it is opened last.
  const order = new Map(parts.map((part, index) => [part, index]));
  const opening = [...parts].sort(
    (a, b) =>
      spanOf(a).start - spanOf(b).start || spanOf(b).end - spanOf(a).end || order.get(b)! - order.get(a)!,
  );
  const open: P[] = [];
  let next = 0;
  for (const note of [...notes].sort((a, b) => a.place.start - b.place.start)) {
    while (next < opening.length && spanOf(opening[next]!).start <= note.place.start)
      open.push(opening[next++]!);
    while (open.length > 0 && spanOf(open.at(-1)!).end <= note.place.start) open.pop();
    const part = open.at(-1);
    if (part === undefined) continue;
    found.set(part, [...(found.get(part) ?? []), note]);
  }
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replace(/[\r\n]+/g, " ").split(" ")) {
    if (line !== "" && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Nothing is lost where nothing is needed: no comment there. */
const SHOWN = ({ code }: PlacedNote): boolean => code !== "convert.not_needed" && code !== "convert.check";
