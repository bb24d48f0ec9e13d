/** Why nobody answered, for people: a library asks whether there was a typo, an operator wants to know what happened. */
export function connectionWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const words = WORDS.get(code);
  return words === undefined ? error.message : `${words} (${code})`;
}

const WORDS = new Map([
  ["ECONNREFUSED", "the connection is refused"],
  ["ECONNRESET", "the connection was reset"],
  ["ENOENT", "there is no such socket"],
  ["ENOTFOUND", "the name does not resolve"],
  ["EPROTO", "the TLS handshake fails"],
  ["TimeoutError", "no answer in time"],
]);
