/**
 * The requests that were answered a moment ago, for `/api/requests` and `plan --live`: as many as a setting says, each
 * of a bounded size, without a value of a header field or of a query. Of a flood only a sample is kept, so that the
 * window stays minutes wide and keeping costs the byte path nothing; failures are kept always.
 */
import type { Clock } from "../base/clock.ts";
import type { ExchangeRecord } from "./exchange-record.ts";

export interface RecentRequest {
  /** When it ended, since 1970. */
  readonly atMs: number;
  readonly requestId: string;
  readonly listener: string;
  readonly route: string | null;
  readonly target: string | null;
  readonly remoteAddress: string;
  readonly method: string;
  readonly host: string;
  /** As received; `***` for the values in its query. */
  readonly path: string;
  /** Whether the path or the names are longer than what is kept of them. */
  readonly isCut: boolean;
  /** Of its header fields, as received. */
  readonly fieldNames: readonly string[];
  readonly status: number | null;
  readonly error: string | null;
  readonly totalMs: number;
}

/** What is null is not asked. */
export interface RecentQuestion {
  readonly limit: number;
  /** `502`, or `5xx` for a class. */
  readonly status: string | null;
  readonly route: string | null;
  /** Letter case and port aside. */
  readonly host: string | null;
  readonly method: string | null;
}

export interface RecentReport {
  readonly requests: readonly RecentRequest[];
  /** Answered without fault and not kept, because there were many. */
  readonly skipped: number;
}

export class RecentRequests {
  readonly #clock: Clock;
  #capacity = 0;
  /** Oldest first from `#next` on, once it is full. */
  #ring: RecentRequest[] = [];
  #next = 0;
  /** How many more may be kept now. */
  #budget = 0;
  #filledMs = 0;
  #skipped = 0;

  constructor(capacity: number, clock: Clock) {
    this.#clock = clock;
    this.resize(capacity);
  }

  /** The newest are kept as far as there is room. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    this.#ring = this.#newestFirst().slice(0, capacity).reverse();
    this.#next = this.#ring.length % Math.max(1, capacity);
    this.#capacity = capacity;
    this.#budget = this.#burst;
    this.#filledMs = this.#clock.nowMs();
  }

  /** Whether the request that has just been answered is to be kept. Asked once for each. */
  takes(): boolean {
    if (this.#capacity === 0) return false;
    if (this.#budget < 1) this.#refill();
    if (this.#budget < 1) {
      this.#skipped++;
      return false;
    }
    this.#budget--;
    return true;
  }

  /** For what `takes` has let in, and for every failure. Tunnels, and what never became a request, are passed over. */
  keep(record: ExchangeRecord): void {
    if (this.#capacity === 0 || record.method === null || record.path === null) return;
    this.#ring[this.#next] = recentOf(record, record.method, record.path, this.#clock.wallMs());
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** The newest first. */
  find(question: RecentQuestion): RecentReport {
    const requests: RecentRequest[] = [];
    for (const each of this.#newestFirst()) {
      if (requests.length >= question.limit) break;
      if (isAskedFor(each, question)) requests.push(each);
    }
    return { requests, skipped: this.#skipped };
  }

  get #burst(): number {
    return Math.max(this.#capacity, KEPT_PER_SECOND);
  }

  #newestFirst(): RecentRequest[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    const gained = ((nowMs - this.#filledMs) * KEPT_PER_SECOND) / 1000;
    if (gained < 1) return;
    this.#budget = Math.min(this.#burst, this.#budget + gained);
    this.#filledMs = nowMs;
  }
}

function recentOf(record: ExchangeRecord, method: string, path: string, atMs: number): RecentRequest {
  const names = record.requestFieldNames();
  const kept = namesWithin(names);
  return {
    atMs,
    requestId: record.requestId ?? "",
    listener: record.listener,
    route: record.route,
    target: record.target,
    remoteAddress: record.remoteAddress,
    method: method.slice(0, MAX_METHOD),
    host: (record.host ?? "").slice(0, MAX_HOST),
    path: withoutQueryValues(path.slice(0, MAX_PATH)),
    isCut: path.length > MAX_PATH || kept.length < names.length,
    fieldNames: kept,
    status: record.status,
    error: record.error?.code ?? null,
    totalMs: record.totalMs,
  };
}

/** `/a?page=2&x` becomes `/a?page=***&x`. */
export function withoutQueryValues(path: string): string {
  const query = path.indexOf("?");
  if (query === -1) return path;
  return path.slice(0, query) + path.slice(query).replace(/=[^&]*/g, "=***");
}

function namesWithin(names: readonly string[]): readonly string[] {
  let length = 0;
  const end = names.findIndex((name) => {
    length += name.length;
    return length > MAX_NAMES;
  });
  return end === -1 ? names : names.slice(0, end);
}

function isAskedFor(request: RecentRequest, { status, route, host, method }: RecentQuestion): boolean {
  return (
    (status === null || isStatus(request.status, status)) &&
    (route === null || request.route === route) &&
    (method === null || request.method === method) &&
    (host === null || hostOf(request.host) === hostOf(host))
  );
}

function isStatus(status: number | null, asked: string): boolean {
  const text = String(status ?? "");
  return asked.endsWith("xx") ? text[0] === asked[0] : text === asked;
}

function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, "").toLowerCase();
}

/** After as many as there is room for: enough to see what happens, too few to be felt. */
const KEPT_PER_SECOND = 200;

/** In characters; a request is at most some 5 KiB. */
const MAX_PATH = 2_048;
const MAX_NAMES = 2_048;
const MAX_HOST = 255;
const MAX_METHOD = 64;
