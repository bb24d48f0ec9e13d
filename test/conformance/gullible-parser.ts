/**
 * An upstream that believes everything: lines may end in LF, names may have spaces and low lines, the first or the
 * last of several fields counts, either framing field may win, numbers are read as far as they go. Two of them that
 * differ in each of these must still read the same messages out of what we write.
 */

export interface Gullibility {
  /** Of two fields of one name, and of both framing fields. */
  readonly prefers: "first" | "last";
  readonly framing: "length" | "coding";
}

export interface GullibleMessage {
  readonly startLine: string;
  readonly body: string;
}

export const GULLIBLE: readonly Gullibility[] = [
  { prefers: "first", framing: "length" },
  { prefers: "last", framing: "coding" },
];

/** All messages in `text`; null when the last one does not end with it. */
export function readGullibly(text: string, how: Gullibility): readonly GullibleMessage[] | null {
  const messages: GullibleMessage[] = [];
  let rest = text;
  while (rest !== "") {
    const head = /^(?:\r?\n)*([\s\S]*?)\r?\n\r?\n/.exec(rest);
    if (head === null) return null;
    rest = rest.slice(head[0].length);
    const [startLine, ...lines] = head[1]!.split(/\r?\n|\r/);
    const body = takeBody(rest, lines, how);
    if (body === null) return null;
    rest = body.rest;
    messages.push({ startLine: startLine!, body: body.body });
  }
  return messages;
}

interface TakenBody {
  readonly body: string;
  readonly rest: string;
}

function takeBody(text: string, lines: readonly string[], how: Gullibility): TakenBody | null {
  const length = fieldValue(lines, "content-length", how);
  const coding = fieldValue(lines, "transfer-encoding", how)?.toLowerCase().includes("chunked") ?? false;
  if (coding && (how.framing === "coding" || length === null)) return takeChunks(text);
  const bytes = Number.parseInt(length ?? "0", 10);
  return text.length < bytes ? null : { body: text.slice(0, bytes), rest: text.slice(bytes) };
}

function takeChunks(text: string): TakenBody | null {
  let body = "";
  let rest = text;
  for (;;) {
    const line = /^([0-9a-fA-F]+)[^\n]*\n/.exec(rest);
    if (line === null) return null;
    const size = Number.parseInt(line[1]!, 16);
    rest = rest.slice(line[0].length);
    if (size === 0) break;
    if (rest.length < size + 2) return null;
    body += rest.slice(0, size);
    rest = rest.slice(size).replace(/^\r?\n/, "");
  }
  const trailers = /^(?:[^\n]+\n)*?\r?\n/.exec(rest);
  return trailers === null ? null : { body, rest: rest.slice(trailers[0].length) };
}

function fieldValue(lines: readonly string[], name: string, how: Gullibility): string | null {
  const values = lines
    .map((line) => /^([^:]*):(.*)$/s.exec(line))
    .filter((match) => match !== null && loose(match[1]!) === name)
    .map((match) => match![2]!.trim());
  return (how.prefers === "first" ? values[0] : values.at(-1)) ?? null;
}

/** As CGI, and those who forgive white space, see a name. */
function loose(name: string): string {
  return name.toLowerCase().replaceAll("_", "-").trim();
}
