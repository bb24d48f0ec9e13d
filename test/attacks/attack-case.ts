/** What a client sends on one connection, and which requests it thereby plainly makes. */

/** As every reading of what reaches the upstream must find it. */
export interface PlainRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

export interface AttackCase {
  readonly what: string;
  /** One character a byte. */
  readonly bytes: string;
  /** Those that must reach the upstream, whole and in this order, and be answered with 200. */
  readonly passes: readonly PlainRequest[];
  /**
   * What follows: nothing; a refusal, of which the upstream hears nothing (`refused`); a close without a word, since no
   * HTTP was spoken (`unanswered`); or a body that turns out to be wrong after its head has gone upstream, where it must
   * stay unfinished (`cut`).
   */
  readonly ends: "open" | "refused" | "unanswered" | "cut";
}

/** Bytes that are no request, or one that could be read in two ways. */
export function refused(what: string, bytes: string): AttackCase {
  return { what, bytes, passes: [], ends: "refused" };
}

/** Bytes in which nothing is HTTP. */
export function unanswered(what: string, bytes: string): AttackCase {
  return { what, bytes, passes: [], ends: "unanswered" };
}

/** A request whose head is well and whose body is not. */
export function cut(what: string, bytes: string): AttackCase {
  return { what, bytes, passes: [], ends: "cut" };
}

export function valid(what: string, bytes: string, ...passes: readonly PlainRequest[]): AttackCase {
  return { what, bytes, passes, ends: "open" };
}

export function get(target = "/"): PlainRequest {
  return { method: "GET", target, body: "" };
}

export function post(body: string, target = "/"): PlainRequest {
  return { method: "POST", target, body };
}

/** A head with a Host. */
export function head(line: string, ...fields: readonly string[]): string {
  return `${[line, "Host: a.example", ...fields].join("\r\n")}\r\n\r\n`;
}

/** What a smuggled request would look like. */
export const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n";
