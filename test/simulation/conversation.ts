/**
 * What is said through one tunnel at one of its ends: a stream of bytes of which the first tells who speaks, and every other one
 * its place, so that whoever hears them knows how many there must be and whether any is missing, wrong or somebody else's.
 */
import { type Random, randomBelow } from "../../src/base/random.ts";

export class Voice {
  readonly number: number;
  readonly totalBytes: number;
  saidBytes = 0;
  saidEnd = false;
  heardBytes = 0;
  heardEnd = false;
  /** The other end of the same tunnel, once its first byte has come. */
  heard: Voice | null = null;
  fault: string | null = null;
  /** The tunnel was cut, by somebody or by us. */
  cut = false;
  wasCutByUs = false;
  cutHow = "";
  readonly #all: readonly Voice[];

  constructor(all: Voice[], totalBytes: number) {
    this.#all = all;
    this.number = all.length;
    this.totalBytes = totalBytes;
    all.push(this);
  }

  get leftBytes(): number {
    return this.totalBytes - this.saidBytes;
  }

  /** All is said and heard, or the tunnel is cut. */
  get isDone(): boolean {
    return this.cut || (this.saidEnd && this.heardEnd);
  }

  say(most: number): Buffer {
    const bytes = Buffer.alloc(Math.min(most, this.leftBytes));
    for (let at = 0; at < bytes.length; at++) bytes[at] = byteAt(this.number, this.saidBytes + at);
    this.saidBytes += bytes.length;
    return bytes;
  }

  hear(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.heardEnd) this.fault ??= "bytes behind the end";
    this.heard ??= this.#all[chunk[0]!] ?? null;
    for (let at = 0; at < chunk.length && this.heard !== null; at++) {
      if (chunk[at] !== byteAt(this.heard.number, this.heardBytes + at))
        this.fault ??= `byte ${this.heardBytes + at} is wrong`;
    }
    this.heardBytes += chunk.length;
  }

  hearEnd(): void {
    this.heardEnd = true;
    if (!this.cut && this.heardBytes !== this.heard?.totalBytes)
      this.fault ??= `ended at ${this.heardBytes} of ${this.heard?.totalBytes}`;
  }

  /** This end gives it up. */
  cutIt(): void {
    this.cut = true;
    this.wasCutByUs = true;
  }

  /** Nobody may be cut but those whose other end has been, or who have not heard of one yet. */
  hearReset(how: string): void {
    if (!this.isDone && this.heard !== null && !this.heard.cut) this.fault ??= how;
    this.cut = true;
    this.cutHow = how;
  }

  describe(): string {
    const { number, saidBytes, totalBytes, saidEnd, heardBytes, heardEnd, heard, fault } = this;
    const [said, hears] = [saidEnd ? " end" : "", heardEnd ? " end" : ""];
    return `${number}: said ${saidBytes}/${totalBytes}${said}, heard ${heardBytes}/${heard?.totalBytes}${hears} of ${heard?.number}${this.cut ? (this.wasCutByUs ? ", cut" : `, was cut: ${this.cutHow}`) : ""}${fault === null ? "" : `, ${fault}`}`;
  }
}

export function someBytes(random: Random, most: number): number {
  const scale = [10, 1_000, most][randomBelow(random, 3)]!;
  return 1 + randomBelow(random, Math.min(scale, most));
}

function byteAt(voice: number, place: number): number {
  return place === 0 ? voice : (voice * 31 + place * 7 + (place >> 8)) & 0xff;
}
