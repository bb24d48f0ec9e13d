/** One format of the access log. */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { ExchangeRecord } from "../exchange-record.ts";

export interface LineWriter {
  /**
   * Writes one line, without its end.
   * @param wallMs when the exchange ended
   */
  write(sink: ByteSink, record: ExchangeRecord, wallMs: number): void;
}
