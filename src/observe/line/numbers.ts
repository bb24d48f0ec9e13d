/** Numbers into a line, digit by digit: `toString` would make a text for each. */
import type { ByteSink } from "../../base/byte-sink.ts";

/** A whole number that is not negative. */
export function writeCount(sink: ByteSink, value: number): void {
  if (value > MOST_INT32) sink.latin1(String(value));
  else writeDigits(sink, value, digitsOf(value));
}

/** Milliseconds, to the microsecond: `12.3`, `0.041`, `7`. */
export function writeMs(sink: ByteSink, ms: number): void {
  const micros = Math.round(ms * 1000);
  const whole = Math.floor(micros / 1000);
  writeCount(sink, whole);
  let rest = micros - whole * 1000;
  if (rest === 0) return;
  let places = 3;
  while (rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  sink.byte(DOT);
  writeDigits(sink, rest, places);
}

/** With zeros in front, if need be. */
function writeDigits(sink: ByteSink, value: number, places: number): void {
  const at = sink.reserve(places);
  const { bytes } = sink;
  let rest = value;
  for (let i = at + places - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    bytes[i] = ZERO + (rest - tens * 10);
    rest = tens;
  }
  sink.length = at + places;
}

function digitsOf(value: number): number {
  let places = 1;
  for (let power = 10; power <= value; power *= 10) places++;
  return places;
}

const DOT = 0x2e;
const ZERO = 0x30;
const MOST_INT32 = 0x7fff_ffff;
