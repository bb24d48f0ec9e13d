/** Lines in rows: records wait until there are many, or until somebody wants their lines. */
import { ByteSink } from "../../base/byte-sink.ts";
import type { ExchangeRecord } from "../exchange-record.ts";
import { type ShownFields, WaitingRecord } from "./waiting-record.ts";

export class WaitingLines {
  readonly #form: (record: WaitingRecord) => void;
  readonly #texts = new ByteSink(TEXT_BYTES);
  readonly #records: WaitingRecord[] = [];
  readonly #shown: ShownFields;
  #count = 0;
  /** So many of them have their lines. */
  #formed = 0;

  /** @param form writes the line of a record */
  constructor(shown: ShownFields, form: (record: WaitingRecord) => void) {
    this.#shown = shown;
    this.#form = form;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** @param wallMs when the exchange ended */
  keep(record: ExchangeRecord, wallMs: number): void {
    if (this.#count === this.#records.length) {
      this.#records.push(new WaitingRecord(this.#shown, this.#texts));
    }
    this.#records[this.#count++]!.keep(record, wallMs);
    if (this.#count >= MOST_RECORDS || this.#texts.length > TEXT_BYTES) this.formAll();
  }

  formAll(): void {
    // Should one of them fail, the next call goes on behind it.
    while (this.#formed < this.#count) this.#form(this.#records[this.#formed++]!);
    this.#count = 0;
    this.#formed = 0;
    this.#texts.length = 0;
  }
}

/** What the first line of a row pays for, the others have; more would only be more memory. */
const MOST_RECORDS = 128;
const TEXT_BYTES = 32 * 1024;
