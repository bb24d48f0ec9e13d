/** The request in question, as people write it, and the bytes that a client would send for it. */
import type { RequestUrl } from "../config/values/request-url.ts";

export interface ExplainedRequest {
  readonly method: string;
  readonly url: RequestUrl;
  /** Names and values that HTTP allows. A Host among them takes the place of the URL's own. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The client's address; null: some address that nobody knows. */
  readonly from: string | null;
}

/** The head alone: nothing depends on a body but its announced length, which is a header field. */
export function requestBytes({ method, url, headers }: ExplainedRequest): Buffer {
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const host = hasHost ? "" : `Host: ${url.authority}\r\n`;
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`${method} ${url.target} HTTP/1.1\r\n${host}${fields}\r\n`);
}

/** One of the addresses that are kept for examples (RFC 5737), so that no list of trusted proxies has it. */
export const SOME_CLIENT = "192.0.2.1";
