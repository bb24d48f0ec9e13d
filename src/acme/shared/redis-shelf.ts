/**
 * A shelf in Redis: one hash with everything, beside it a token that changes with it and the lock, a key that expires. Their
 * names share a hash tag, so they lie together in a cluster.
 */
import { randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { checkedKey } from "../shelf.ts";
import { ANSWER_MS, heldLease, LEASE_MS, type SharedShelf } from "./shared-shelf.ts";

export class RedisShelf implements SharedShelf {
  readonly #leaseMs: number;
  readonly #url: string;
  readonly #entries: string;
  readonly #version: string;
  readonly #lock: string;
  #client: Promise<Client> | null = null;
  #isClosed = false;

  /** @param url a secret @param prefix of the names of all keys */
  constructor(url: string, prefix: string, leaseMs = LEASE_MS) {
    this.#leaseMs = leaseMs;
    this.#url = url;
    this.#entries = `{${prefix}}`;
    this.#version = `{${prefix}}:version`;
    this.#lock = `{${prefix}}:lock`;
  }

  async lock(): Promise<AsyncDisposable | null> {
    const token = randomUUID();
    const options = { condition: "NX", expiration: { type: "PX", value: this.#leaseMs } } as const;
    if ((await this.#ask((client) => client.set(this.#lock, token, options))) === null) return null;
    const keys = [this.#lock];
    return heldLease(
      this.#leaseMs,
      () => this.#run(EXTEND, { keys, arguments: [token, String(this.#leaseMs)] }),
      () => this.#run(RELEASE, { keys, arguments: [token] }),
    );
  }

  async get(key: string): Promise<string | null> {
    const field = checkedKey(key);
    return (await this.#ask((client) => client.hGet(this.#entries, field))) ?? null;
  }

  async put(key: string, text: string): Promise<void> {
    const field = checkedKey(key);
    await this.#ask((client) =>
      client.multi().hSet(this.#entries, field, text).set(this.#version, randomUUID()).exec(),
    );
  }

  remove(key: string): Promise<void> {
    return this.#removeAll([checkedKey(key)]);
  }

  async removeGroup(group: string): Promise<void> {
    const prefix = `${checkedKey(group)}/`;
    const fields = await this.#ask((client) => client.hKeys(this.#entries));
    await this.#removeAll(fields.filter((field) => field.startsWith(prefix)));
  }

  async version(): Promise<string> {
    return (await this.#ask((client) => client.get(this.#version))) ?? "";
  }

  async entries(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await this.#ask((client) => client.hGetAll(this.#entries))));
  }

  /** Who is in the middle of something may still ask, by a connection of its own. */
  close(): void {
    this.#isClosed = true;
    this.#giveUp(this.#client);
  }

  async #removeAll(fields: string[]): Promise<void> {
    if (fields.length === 0) return;
    await this.#ask((client) =>
      client.multi().hDel(this.#entries, fields).set(this.#version, randomUUID()).exec(),
    );
  }

  async #run(script: string, call: { keys: string[]; arguments: string[] }): Promise<void> {
    await this.#ask((client) => client.eval(script, call));
  }

  /** A connection that fails is given up, and made anew by the next who asks. */
  async #ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    this.#client ??= this.#connect();
    const connecting = this.#client;
    try {
      const answer = await answered(connecting.then(question));
      if (this.#isClosed) this.#giveUp(connecting);
      return answer;
    } catch (error) {
      this.#giveUp(connecting);
      throw new Error(`Redis: ${wordOf(error)}`);
    }
  }

  #giveUp(connecting: Promise<Client> | null): void {
    if (this.#client === connecting) this.#client = null;
    connecting?.then((client) => client.destroy()).catch(() => {});
  }

  async #connect(): Promise<Client> {
    const client = makeClient(this.#url);
    // What goes wrong is told to those who ask.
    client.on("error", () => {});
    await client.connect();
    return client;
  }
}

type Client = ReturnType<typeof makeClient>;

function makeClient(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false, connectTimeout: ANSWER_MS } });
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ("code" in error ? String(error.code) : error.name);
}

/** Only while it is still ours: with a lease that has run out it is somebody else's. */
const EXTEND = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) end return 0`;
const RELEASE = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;
