/**
 * How many handshakes one source may begin: a full one costs us as much as twenty small requests and the other side
 * next to nothing. A bucket for each address, filled again by time; what is kept is bounded.
 */

interface Bucket {
  tokens: number;
  atMs: number;
}

export class HandshakeRate {
  readonly #perSecond: number;
  readonly #burst: number;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#burst = perSecond * 2;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Whether one more may begin now; if so it is counted. */
  take(address: string, nowMs: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    const source = sourceOf(address);
    const bucket = this.#buckets.get(source) ?? this.#create(nowMs);
    const filled = bucket.tokens + ((nowMs - bucket.atMs) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#burst, filled);
    bucket.atMs = nowMs;
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #create(nowMs: number): Bucket {
    if (this.#buckets.size >= MOST_SOURCES) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return { tokens: this.#burst, atMs: nowMs };
  }
}

/** A host with IPv6 has a /64 to itself, as a rule. */
function sourceOf(address: string): string {
  if (!address.includes(":")) return address;
  const [left, right] = address.split("::");
  const head = left === "" ? [] : left!.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const missing = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...new Array<string>(missing).fill("0"), ...tail].slice(0, 4).join(":");
}

const MOST_SOURCES = 65_536;
