/**
 * The time of a line. Within a second only three digits change from line to line, so that the text is kept and
 * only they are written.
 */
import type { ByteSink } from "../../base/byte-sink.ts";

export class Stamp {
  readonly #format: (second: Date) => string;
  readonly #millisAt: number;
  #second = Number.NaN;
  #text: Buffer = Buffer.alloc(0);

  /** @param millisAt where three digits of milliseconds go, or -1 */
  private constructor(format: (second: Date) => string, millisAt: number) {
    this.#format = format;
    this.#millisAt = millisAt;
  }

  /** `2026-11-23T17:20:00.123Z` */
  static iso(): Stamp {
    return new Stamp((second) => second.toISOString(), 20);
  }

  /** `23/Nov/2026:17:20:00 +0000` */
  static common(): Stamp {
    return new Stamp(commonTime, -1);
  }

  write(sink: ByteSink, wallMs: number): void {
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = Buffer.from(this.#format(new Date(second * 1000)), "latin1");
    }
    if (this.#millisAt >= 0) this.#setMillis(Math.floor(wallMs - second * 1000));
    sink.all(this.#text);
  }

  #setMillis(millis: number): void {
    const tens = (millis / 10) | 0;
    const hundreds = (tens / 10) | 0;
    this.#text[this.#millisAt] = ZERO + hundreds;
    this.#text[this.#millisAt + 1] = ZERO + tens - hundreds * 10;
    this.#text[this.#millisAt + 2] = ZERO + millis - tens * 10;
  }
}

/** UTC, as everything that we write. */
function commonTime(second: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(second.toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

const ZERO = 0x30;
