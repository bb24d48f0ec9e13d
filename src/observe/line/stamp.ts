/**
 * The time of a line. Within a second only three digits change from line to line, so that the text is kept and
 * only they are written.
 */
import type { ByteSink } from "../../base/byte-sink.ts";

export class Stamp {
  readonly #format: (second: Date) => string;
  readonly #hasMillis: boolean;
  #second = Number.NaN;
  #text: Buffer = Buffer.alloc(0);

  private constructor(format: (second: Date) => string, hasMillis: boolean) {
    this.#format = format;
    this.#hasMillis = hasMillis;
  }

  /** `2026-11-23T17:20:00.123Z` */
  static iso(): Stamp {
    return new Stamp((second) => second.toISOString(), true);
  }

  /** `23/Nov/2026:17:20:00 +0000` */
  static common(): Stamp {
    return new Stamp(commonTime, false);
  }

  write(sink: ByteSink, wallMs: number): void {
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = Buffer.from(this.#format(new Date(second * 1000)), "latin1");
    }
    if (this.#hasMillis) Stamp.setMillis(this.#text, 0, Math.floor(wallMs - second * 1000));
    sink.all(this.#text);
  }

  /** In a text of `iso` that begins there. */
  static setMillis(text: Buffer, start: number, millis: number): void {
    const at = start + ISO_MILLIS_AT;
    const tens = (millis / 10) | 0;
    const hundreds = (tens / 10) | 0;
    text[at] = ZERO + hundreds;
    text[at + 1] = ZERO + tens - hundreds * 10;
    text[at + 2] = ZERO + millis - tens * 10;
  }
}

/** UTC, as everything that we write. */
function commonTime(second: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(second.toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Behind `2026-11-23T17:20:00.`. */
const ISO_MILLIS_AT = 20;
const ZERO = 0x30;
