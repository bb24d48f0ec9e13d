/** A shelf in etcd: a key for each text below one prefix, beside it a token that changes with them, and the lock, a key that a lease holds. */
import { randomUUID } from "node:crypto";
import { checkedKey } from "../shelf.ts";
import { type EtcdAnswer, EtcdClient, type EtcdPair, fromBase64, toBase64 } from "./etcd-client.ts";
import { heldLease, LEASE_MS, type SharedShelf } from "./shared-shelf.ts";

export class EtcdShelf implements SharedShelf {
  readonly #leaseMs: number;
  readonly #client: EtcdClient;
  readonly #entries: string;
  readonly #version: string;
  readonly #lock: string;

  /** @param urls of members: secrets */
  constructor(urls: readonly string[], prefix: string, leaseMs = LEASE_MS) {
    this.#leaseMs = leaseMs;
    this.#client = new EtcdClient(urls);
    this.#entries = `${prefix}/entries/`;
    this.#version = `${prefix}/version`;
    this.#lock = `${prefix}/lock`;
  }

  async lock(): Promise<AsyncDisposable | null> {
    const { ID: lease } = await this.#client.ask("/v3/lease/grant", {
      TTL: String(Math.ceil(this.#leaseMs / 1_000)),
    });
    const release = async () => void (await this.#client.ask("/v3/lease/revoke", { ID: lease }));
    const key = toBase64(this.#lock);
    const { succeeded } = await this.#client.ask("/v3/kv/txn", {
      compare: [{ key, target: "CREATE", result: "EQUAL", create_revision: "0" }],
      success: [{ request_put: { key, value: toBase64(randomUUID()), lease } }],
    });
    if (succeeded === true) {
      return heldLease(
        this.#leaseMs,
        async () => void (await this.#client.ask("/v3/lease/keepalive", { ID: lease })),
        release,
      );
    }
    await release().catch(() => {});
    return null;
  }

  async get(key: string): Promise<string | null> {
    return this.#value(this.#entries + checkedKey(key));
  }

  async put(key: string, text: string): Promise<void> {
    const put = { key: toBase64(this.#entries + checkedKey(key)), value: toBase64(text) };
    await this.#change({ request_put: put });
  }

  async remove(key: string): Promise<void> {
    await this.#change({ request_delete_range: { key: toBase64(this.#entries + checkedKey(key)) } });
  }

  async removeGroup(group: string): Promise<void> {
    await this.#change({ request_delete_range: rangeBelow(`${this.#entries}${checkedKey(group)}/`) });
  }

  async version(): Promise<string> {
    return (await this.#value(this.#version)) ?? "";
  }

  /** In pages: answers of etcd have a bound, and so have those that are read here. */
  async entries(): Promise<ReadonlyMap<string, string>> {
    const all = new Map<string, string>();
    let range = rangeBelow(this.#entries);
    for (;;) {
      const answer: EtcdAnswer = await this.#client.ask("/v3/kv/range", { ...range, limit: String(PAGE) });
      const pairs: readonly EtcdPair[] = answer.kvs ?? [];
      for (const { key, value = "" } of pairs) {
        all.set(fromBase64(key).slice(this.#entries.length), fromBase64(value));
      }
      const last = pairs.at(-1);
      if (answer.more !== true || last === undefined) return all;
      range = { ...range, key: toBase64(`${fromBase64(last.key)}\0`) };
    }
  }

  close(): void {}

  async #value(key: string): Promise<string | null> {
    const { kvs } = await this.#client.ask("/v3/kv/range", { key: toBase64(key) });
    const [pair] = kvs ?? [];
    return pair === undefined ? null : fromBase64(pair.value ?? "");
  }

  async #change(operation: object): Promise<void> {
    const version = { key: toBase64(this.#version), value: toBase64(randomUUID()) };
    await this.#client.ask("/v3/kv/txn", { success: [operation, { request_put: version }] });
  }
}

/** `0` follows `/`. */
function rangeBelow(prefix: string): { readonly key: string; readonly range_end: string } {
  return { key: toBase64(prefix), range_end: toBase64(`${prefix.slice(0, -1)}0`) };
}

const PAGE = 100;
