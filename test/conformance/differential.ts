/**
 * Whether other parsers read what we wrote as the messages that we meant: our own strict reader, llhttp, and two
 * gullible ones. One that sees more messages, fewer, or another body has been smuggled something.
 */
import { type Forwarded, type ForwardedAll, forwardRequests, forwardResponses, TRUSTED } from "./forward.ts";
import { GULLIBLE, readGullibly } from "./gullible-parser.ts";
import { type ForeignMessage, readWithLlhttp } from "./llhttp.ts";

/** What is wrong with the requests written, or null. Only those read whole are looked at: the others are cut off. */
export function disagreement(forwarded: ForwardedAll): string | null {
  const messages = forwarded.messages.filter((message) => message.complete);
  const written = messages.map((message) => message.written).join("");
  return (
    ours(messages, forwardRequests([written], TRUSTED)) ??
    firstProblem(connections(messages), (some) => llhttps(some, null)) ??
    gullibles(messages, written)
  );
}

/** llhttp refuses a method that it does not know, and takes what follows an upgrade for another protocol, as it should. */
function connections(messages: readonly Forwarded[]): Forwarded[][] {
  const runs: Forwarded[][] = [[]];
  for (const message of messages.filter(({ method }) => LLHTTP_METHODS.has(method))) {
    runs.at(-1)!.push(message);
    if (/ upgrade( |$)/.test(message.head)) runs.push([]);
  }
  return runs;
}

function firstProblem<T>(all: readonly T[], check: (each: T) => string | null): string | null {
  for (const each of all) {
    const problem = check(each);
    if (problem !== null) return problem;
  }
  return null;
}

/** The same for answers. An answer that ends with the connection can only be the last one. */
export function responseDisagreement(forwarded: ForwardedAll, clientVersion: number): string | null {
  const { messages, violation } = forwarded;
  if (violation !== null || messages.length === 0) return null;
  const written = messages.map((message) => message.written).join("");
  const methods = messages.filter((message) => !isInterim(message)).map((message) => message.method);
  const requests = methods.map((method) => ({ method, upgrade: true, upgradeTo: "a, websocket" }));
  return ours(messages, forwardResponses([written], requests, clientVersion)) ?? llhttps(messages, methods);
}

function isInterim(message: Forwarded): boolean {
  return /^1(?!01)/.test(message.head);
}

function ours(messages: readonly Forwarded[], again: ForwardedAll): string | null {
  if (again.violation !== null) return `we refuse what we wrote: ${JSON.stringify(again.violation)}`;
  return compared("we", messages, again.messages);
}

function llhttps(messages: readonly Forwarded[], methods: readonly string[] | null): string | null {
  const written = messages.map((message) => message.written).join("");
  const reading = readWithLlhttp(written, methods);
  if (reading.error !== null) return `llhttp refuses what we wrote: ${reading.error}\n${written}`;
  return (
    compared("llhttp", messages, reading.messages) ??
    firstProblem(messages, (message) => comparedHead(message, reading.messages[messages.indexOf(message)]!))
  );
}

/** Start line and fields, put together again, are what was written. */
function comparedHead(message: Forwarded, read: ForeignMessage): string | null {
  const end = message.written.indexOf("\r\n\r\n");
  const [start, ...lines] = message.written.slice(0, end).split("\r\n");
  const fields = lines.map((line) => line.replace(/: (.*?)[ \t]*$/, ": $1"));
  // Trailers are told behind the fields of the head.
  const theirs = read.fields.slice(0, lines.length).map(([name, value]) => `${name}: ${value}`);
  if (start!.includes(read.start) && Bun.deepEquals(fields, theirs)) return null;
  return `llhttp reads ${JSON.stringify([read.start, ...theirs])} in\n${message.written}`;
}

function gullibles(messages: readonly Forwarded[], written: string): string | null {
  return firstProblem(GULLIBLE, (how) => {
    const read = readGullibly(written, how);
    if (read === null) return `a gullible upstream waits for more\n${written}`;
    return compared(`a gullible upstream (${how.prefers}, ${how.framing})`, messages, read);
  });
}

function compared(
  who: string,
  meant: readonly Forwarded[],
  read: readonly { body: string }[],
): string | null {
  if (read.length !== meant.length) return `${who} read ${read.length} messages, not ${meant.length}`;
  const wrong = meant.findIndex((message, index) => message.body !== read[index]!.body);
  if (wrong < 0) return null;
  return `${who} read ${JSON.stringify(read[wrong]!.body)}, not ${JSON.stringify(meant[wrong]!.body)}`;
}

const LLHTTP_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);
