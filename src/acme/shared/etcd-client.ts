/** Questions to etcd through the gateway of JSON that every server of version 3 has; no package is needed for three of them. */
import { connectionWords } from "../../discovery/connection-words.ts";
import { readBounded } from "../../discovery/read-bounded.ts";
import { ANSWER_MS } from "./shared-shelf.ts";

/** As they come, keys and values in base64. */
export interface EtcdPair {
  readonly key: string;
  readonly value?: string;
}

export class EtcdClient {
  readonly #urls: readonly URL[];
  #at = 0;
  #token: string | null = null;

  /** @param urls of members, with user and password where there are any: secrets */
  constructor(urls: readonly string[]) {
    this.#urls = urls.map((url) => new URL(url));
  }

  /** Of the first member that answers, beginning with the one that did so last. Rejects when none does. */
  async ask(path: string, body: object): Promise<EtcdAnswer> {
    let problem: Error | null = null;
    // Once more than there are members: a token may have ended, and the one that gave it gives another.
    for (let tries = 0; tries <= this.#urls.length; tries++) {
      try {
        return await this.#askOne(path, body);
      } catch (error) {
        problem = error as Error;
        this.#token = null;
        this.#at = (this.#at + 1) % this.#urls.length;
      }
    }
    throw new Error(`etcd: ${connectionWords(problem)}`);
  }

  async #askOne(path: string, body: object): Promise<EtcdAnswer> {
    const { username, password } = this.#urls[this.#at]!;
    if (username !== "" && this.#token === null) {
      const name = decodeURIComponent(username);
      const answer = await this.#post("/v3/auth/authenticate", {
        name,
        password: decodeURIComponent(password),
      });
      this.#token = String(answer.token ?? "");
    }
    return this.#post(path, body);
  }

  async #post(path: string, body: object): Promise<EtcdAnswer> {
    const { origin } = this.#urls[this.#at]!;
    const answer = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#token === null ? {} : { authorization: this.#token }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: "error",
    });
    const text = await readBounded(answer);
    // Long answers of others are no help; what etcd says of an error is short.
    if (answer.status !== 200) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
    return JSON.parse(text) as EtcdAnswer;
  }
}

/** What is used of answers. */
export interface EtcdAnswer {
  readonly token?: string;
  readonly ID?: string;
  readonly succeeded?: boolean;
  readonly kvs?: readonly EtcdPair[];
  readonly more?: boolean;
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString();
}
