/** Takes what a decoder gives, as pairs of strings. */
import { ByteSink } from "../../src/base/byte-sink.ts";
import type { FieldReceiver } from "../../src/protocol/h2/hpack/decoder.ts";

export class CollectedFields implements FieldReceiver {
  readonly sink: ByteSink = new ByteSink(64);
  full = false;
  readonly fields: [string, string][] = [];
  readonly sensitive: string[] = [];
  droppedBytes = 0;

  addLine(lines: Buffer, start: number, nameBytes: number, valueBytes: number): void {
    const valueStart = start + nameBytes + 2;
    this.fields.push([
      lines.toString("latin1", start, start + nameBytes),
      lines.toString("latin1", valueStart, valueStart + valueBytes),
    ]);
  }

  addWritten(start: number, nameBytes: number, valueBytes: number, _mark: number, sensitive: boolean): void {
    this.addLine(this.sink.bytes, start, nameBytes, valueBytes);
    if (sensitive) this.sensitive.push(this.fields.at(-1)![0]);
    this.sink.length = start;
  }

  addDropped(bytes: number): void {
    this.droppedBytes += bytes;
  }
}
