/** The `acme-client` package, loaded when the first certificate is asked for, and set up for one authority. */
import { readFile } from "node:fs/promises";
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

export const REQUEST_MS = 30_000;
const LARGEST_BYTES = 1024 * 1024;
