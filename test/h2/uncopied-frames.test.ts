/**
 * DATA that leaves without a copy, whatever part of it the kernel takes: what is on the wire is whole frames with the bytes
 * that were counted as sent, in order, and nothing of the others.
 */
import { afterAll, expect, test } from "bun:test";
import { closeSync, readSync } from "node:fs";
import { createRandom, randomBelow } from "../../src/base/random.ts";
import type { Connection } from "../../src/io/connection.ts";
import { descriptorPair } from "../../src/io/descriptor-passing.ts";
import { canSendPieces, sendPieces } from "../../src/io/pieces.ts";
import { posix, SOCK_STREAM } from "../../src/io/posix.ts";
import { FrameOut } from "../../src/link/frame-out.ts";
import { sendData } from "../../src/link/send-frames.ts";
import { ClientReader } from "../../src/protocol/h2/client-reader.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES } from "../../src/protocol/h2/frame.ts";
import { readUint31 } from "../../src/protocol/h2/frame-input.ts";
import { patternFrom } from "../support/pattern.ts";

const [ours, theirs] = descriptorPair(posix!, SOCK_STREAM);
afterAll(() => {
  closeSync(ours);
  closeSync(theirs);
});

/** A connection whose kernel takes as much as the test says; all else about the system call is real. */
class Scripted {
  closed = false;
  blocked = false;
  calls = 0;
  readonly wire: Buffer[] = [];
  /** Of so many bytes. */
  takes: (bytes: number) => number = (bytes) => bytes;
  #waits: Buffer[] = [];

  get takesPieces(): boolean {
    return !this.blocked;
  }

  sendPieces(): number {
    this.calls++;
    const bytes = Buffer.alloc(sendPieces(ours));
    for (let at = 0; at < bytes.length; ) at += readSync(theirs, bytes, at, bytes.length - at, null);
    const taken = this.takes(bytes.length);
    this.wire.push(bytes.subarray(0, taken));
    return taken;
  }

  sendGathered(bytes: Buffer, length: number): void {
    const taken = this.blocked ? 0 : this.takes(length);
    this.wire.push(Buffer.from(bytes.subarray(0, taken)));
    if (taken === length) return;
    this.#waits.push(Buffer.from(bytes.subarray(taken, length)));
    this.blocked = true;
  }

  drain(): void {
    this.wire.push(...this.#waits);
    this.#waits = [];
    this.blocked = false;
  }
}

const LIMITS = {
  headBytes: 1_024,
  fieldCount: 10,
  streams: 0,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 65_535,
};

function scene() {
  const connection = new Scripted();
  const out = new FrameOut(connection as unknown as Connection);
  const reader = new ClientReader<null>(LIMITS, { bytes: 0 });
  const record = reader.open(false);
  record.state = "open";
  const send = (bytes: Buffer, start: number, end: number, ends = false): number =>
    sendData(connection as unknown as Connection, out, reader, record, bytes, start, end, ends);
  return { connection, out, reader, record, send };
}

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

function framesOf(wire: readonly Buffer[]): Frame[] {
  const bytes = Buffer.concat(wire);
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
    expect(end).toBeLessThanOrEqual(bytes.length);
    const payload = bytes.subarray(at + FRAME_HEADER_BYTES, end);
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      streamId: readUint31(bytes, at + 5),
      payload,
    });
    at = end;
  }
  return frames;
}

test("a large chunk leaves in one call, with what was gathered before it", () => {
  expect(canSendPieces()).toBe(true);
  const { connection, out, reader, record, send } = scene();
  reader.send.bytes = record.send.bytes = 1_000_000;
  out.sink.all(Buffer.from([0, 0, 1, FRAME.ping, 0, 0, 0, 0, 0, 7]));
  expect(send(patternFrom(0, 100_000), 0, 100_000, true)).toBe(100_000);
  expect(connection.calls).toBe(1);
  const frames = framesOf(connection.wire);
  expect(frames.map(({ type, payload }) => [type, payload.length])).toEqual([
    [FRAME.ping, 1],
    ...Array.from({ length: 6 }, () => [FRAME.data, 16_384]),
    [FRAME.data, 100_000 - 6 * 16_384],
  ]);
  expect(frames.map(({ flags }) => flags)).toEqual([0, 0, 0, 0, 0, 0, 0, FLAG.endStream]);
  expect(record.state).toBe("halfClosedLocal");
  expect([reader.send.bytes, record.send.bytes]).toEqual([900_000, 900_000]);
});

const WHOLE = FRAME_HEADER_BYTES + 16_384;
/** What the kernel takes of a chunk behind ten gathered bytes. */
for (const taken of [
  0,
  1,
  9,
  10,
  11,
  18,
  19,
  20,
  9 + WHOLE,
  10 + WHOLE,
  11 + WHOLE,
  18 + WHOLE,
  19 + 2 * WHOLE,
]) {
  test(`when the kernel takes ${taken} bytes, the frame that it is in is completed and none is begun`, () => {
    const { connection, out, reader, record, send } = scene();
    reader.send.bytes = record.send.bytes = 1_000_000;
    out.sink.all(Buffer.from([0, 0, 1, FRAME.ping, 0, 0, 0, 0, 0, 7]));
    let first = true;
    connection.takes = () => {
      const now = first ? taken : 0;
      first = false;
      return now;
    };
    const sent = send(patternFrom(0, 100_000), 0, 100_000, true);
    expect(connection.blocked).toBe(true);
    expect(sent).toBe(taken < 10 ? 0 : Math.floor((taken - 10) / WHOLE + 1) * 16_384);
    expect(record.send.bytes).toBe(1_000_000 - sent);
    connection.drain();
    const [ping, ...frames] = framesOf(connection.wire);
    expect(ping).toMatchObject({ type: FRAME.ping, payload: Buffer.from([7]) });
    expect(frames.every(({ flags, streamId }) => flags === 0 && streamId === record.id)).toBe(true);
    expect(Buffer.concat(frames.map(({ payload }) => payload)).equals(patternFrom(0, sent))).toBe(true);
  });
}

test("whatever the lengths, the windows and what the kernel takes, all arrives once and in order", () => {
  const random = createRandom([3, 1, 4, 1]);
  for (let round = 0; round < 150; round++) {
    const { connection, out, reader, record, send } = scene();
    const total = randomBelow(random, 600_000);
    reader.send.bytes = record.send.bytes = 0;
    connection.takes = (bytes) => (randomBelow(random, 3) > 0 ? bytes : randomBelow(random, bytes + 1));
    for (let sent = 0; sent < total; ) {
      reader.send.bytes += randomBelow(random, 200_000);
      record.send.bytes += randomBelow(random, 200_000);
      const upTo = Math.min(total, sent + 1 + randomBelow(random, 190_000));
      const chunk = patternFrom(sent, upTo);
      const after = sent + send(chunk, 0, chunk.length, upTo === total);
      expect(Math.min(reader.send.bytes, record.send.bytes)).toBeGreaterThanOrEqual(0);
      sent = after;
      if (randomBelow(random, 2) === 0) connection.drain();
    }
    out.flushNow();
    connection.drain();
    const frames = framesOf(connection.wire);
    expect(Buffer.concat(frames.map(({ payload }) => payload)).equals(patternFrom(0, total))).toBe(true);
    expect(frames.filter(({ flags }) => flags === FLAG.endStream)).toHaveLength(total > 0 ? 1 : 0);
    expect(frames.every(({ type, streamId }) => type === FRAME.data && streamId === record.id)).toBe(true);
  }
});
