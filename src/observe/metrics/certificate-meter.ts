/** What is known of one certificate that is served. */
import type { CellPlace } from "../../base/cell-rows.ts";

/** `notAfter` in seconds since 1970; 0 until it is known. */
export const CERTIFICATE_CELLS = { notAfter: 0, length: 1 } as const;

export class CertificateMeter {
  readonly #now: Float64Array;
  readonly #nowAt: number;

  constructor({ cells, at }: CellPlace) {
    this.#now = cells;
    this.#nowAt = at;
  }

  set(notAfterMs: number): void {
    this.#now[this.#nowAt + CERTIFICATE_CELLS.notAfter] = notAfterMs / 1000;
  }
}
