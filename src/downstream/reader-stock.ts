/** Request readers in waiting: a busy listener makes as many as it has requests at once, then no more. */
import { type CodecLimits, sameLimits } from "../protocol/h1/limits.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";

export class ReaderStock {
  #limits: CodecLimits;
  #idle: RequestReader[] = [];

  constructor(limits: CodecLimits) {
    this.#limits = limits;
  }

  /** Readers that are lent keep the limits that they began with, and do not come back. */
  useLimits(limits: CodecLimits): void {
    if (sameLimits(this.#limits, limits)) return;
    this.#limits = limits;
    this.#idle = [];
  }

  take(): RequestReader {
    return this.#idle.pop() ?? new RequestReader(this.#limits);
  }

  /** Only a reader that stands between two requests, and that nobody else holds. */
  give(reader: RequestReader): void {
    if (this.#idle.length < MAX_IDLE && reader.limits === this.#limits) this.#idle.push(reader);
  }
}

const MAX_IDLE = 256;
