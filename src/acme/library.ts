/** The `acme-client` package, loaded when the first certificate is asked for, and set up for one authority. */
import { readFile } from "node:fs/promises";
import type { Client, ClientOptions } from "acme-client";
import type { AcmeModel } from "../config/model.ts";
import { Heard } from "./heard.ts";

export type Library = typeof import("acme-client");

/** While it is in use, what the authority answers is heard. */
export interface OpenLibrary extends Disposable {
  readonly acme: Library;
  readonly heard: Heard;
}

/** Its settings belong to the whole process, so there is one user at a time. */
export async function openLibrary({ ca }: Pick<AcmeModel, "ca">): Promise<OpenLibrary> {
  const { default: acme } = await import("acme-client");
  const { Agent } = await import("node:https");
  const { axios } = acme;
  axios.defaults.httpsAgent = ca === null ? undefined : new Agent({ ca: await readFile(ca, "utf8") });
  axios.defaults.timeout = REQUEST_MS;
  // A directory has some hundred bytes and a chain some thousand.
  axios.defaults.maxContentLength = LARGEST_BYTES;
  // We have a pace of our own, and must not hold the lock for hours.
  Object.assign(axios.defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 0 } });
  const heard = new Heard();
  const interceptor = axios.interceptors.response.use((answer) => {
    heard.answered(answer.status, answer.headers["retry-after"], answer.data);
    return answer;
  });
  return { acme, heard, [Symbol.dispose]: () => axios.interceptors.response.eject(interceptor) };
}

/**
 * A client that sends a request again with the nonce that came with a refusal (RFC 8555 section 6.5), more often than the five
 * times of the library: with a third refused, one certificate in 60 fails by five, and one in a billion by twenty.
 */
export function createClient(acme: Library, options: ClientOptions): Client {
  const client = new acme.Client(options);
  // It is no option of the library's, and its types do not tell of it; a test does (test/e2e/acme-authority.test.ts).
  const { http } = client as unknown as { readonly http: { maxBadNonceRetries: number } };
  http.maxBadNonceRetries = MOST_NONCES;
  return client;
}

export const REQUEST_MS = 30_000;
const LARGEST_BYTES = 1024 * 1024;
const MOST_NONCES = 20;
