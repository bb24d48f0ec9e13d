/** A value of a line of JSON behind its key. Keys are kept as bytes, with the comma before and the quote after them. */
import type { ByteSink } from "../../base/byte-sink.ts";
import { JSON_ESCAPE } from "./escape.ts";
import { writeCount, writeMs } from "./numbers.ts";

export function textKey(name: string): Buffer {
  return Buffer.from(`,"${name}":"`);
}

export function numberKey(name: string): Buffer {
  return Buffer.from(`,"${name}":`);
}

export function writeText(sink: ByteSink, key: Buffer, text: string): void {
  sink.all(key);
  JSON_ESCAPE.text(sink, text);
  sink.byte(QUOTE);
}

export function writeRange(sink: ByteSink, key: Buffer, bytes: Buffer, start: number, end: number): void {
  sink.all(key);
  JSON_ESCAPE.range(sink, bytes, start, end);
  sink.byte(QUOTE);
}

export function writeNumber(sink: ByteSink, key: Buffer, value: number): void {
  sink.all(key);
  writeCount(sink, value);
}

/** Nothing for null. */
export function writeTime(sink: ByteSink, key: Buffer, ms: number | null): void {
  if (ms === null) return;
  sink.all(key);
  writeMs(sink, ms);
}

export const QUOTE = 0x22;
