/** Request readers in waiting: a busy listener makes as many as it has requests at once, then no more. */
import type { CodecLimits } from "../protocol/h1/limits.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";

export class ReaderStock {
  readonly #limits: CodecLimits;
  readonly #idle: RequestReader[] = [];

  constructor(limits: CodecLimits) {
    this.#limits = limits;
  }

  take(): RequestReader {
    return this.#idle.pop() ?? new RequestReader(this.#limits);
  }

  /** Only a reader that stands between two requests, and that nobody else holds. */
  give(reader: RequestReader): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(reader);
  }
}

const MAX_IDLE = 256;
