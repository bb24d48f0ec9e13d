/** Shorthand for the rows of the tables: requests and answers that are ordinary but for the lines in question. */

/** GET / on host `a` with these lines behind Host. */
export function get(...lines: readonly string[]): string {
  return head("GET / HTTP/1.1", "Host: a", ...lines);
}

/** POST / on host `a` with these lines behind Host. */
export function post(...lines: readonly string[]): string {
  return head("POST / HTTP/1.1", "Host: a", ...lines);
}

/** A POST whose chunked body is `body`, written out. */
export function chunkedPost(body: string): string {
  return post("Transfer-Encoding: chunked") + body;
}

/** GET / whose first line is `line`. */
export function start(line: string): string {
  return head(line, "Host: a");
}

/** 200 OK with these lines. */
export function ok(...lines: readonly string[]): string {
  return head("HTTP/1.1 200 OK", ...lines);
}

/** 200 OK whose chunked body is `body`, written out. */
export function chunkedOk(body: string): string {
  return ok("Transfer-Encoding: chunked") + body;
}

/** Lines, each with CRLF, and the empty line. */
export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}
