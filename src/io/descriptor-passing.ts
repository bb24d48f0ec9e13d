/**
 * Open descriptors from one process to another, over a Unix socket that keeps messages apart (SCM_RIGHTS, unix(7)).
 * The receiver is told elsewhere that some are there: a runtime that reads such a socket itself would lose them.
 */
import { ptr } from "bun:ffi";
import { err, ok, type Result } from "../base/result.ts";
import { AF_UNIX, lastFailure, type Posix, SOCK_FLAGS, SOCK_SEQPACKET, SOL_SOCKET } from "./posix.ts";

/** Two connected ends. */
export function descriptorPair(calls: Posix, type: number = SOCK_SEQPACKET): readonly [number, number] {
  const ends = new Int32Array(2);
  if (calls.socketpair(AF_UNIX, type | SOCK_FLAGS, 0, ends) !== 0) {
    throw new Error(`socketpair: ${lastFailure(calls)}`);
  }
  return [ends[0]!, ends[1]!];
}

/**
 * Sends one message with these descriptors and a number for the receiver; they stay open here.
 * @returns the system's word when the receiver is gone (`EPIPE`) or has too much waiting (`EAGAIN`)
 */
export function sendDescriptors(
  calls: Posix,
  socket: number,
  descriptors: readonly number[],
  note = 0,
): Result<null, string> {
  const length = CONTROL_HEAD + 4 * descriptors.length;
  MEMORY.setUint32(NOTE_AT, note, true);
  MEMORY.setBigUint64(CONTROL_AT, BigInt(length), true);
  MEMORY.setInt32(CONTROL_AT + 8, SOL_SOCKET, true);
  MEMORY.setInt32(CONTROL_AT + 12, SCM_RIGHTS, true);
  for (let i = 0; i < descriptors.length; i++) MEMORY.setInt32(descriptorAt(i), descriptors[i]!, true);
  MEMORY.setBigUint64(CONTROL_LENGTH_AT, BigInt(descriptors.length === 0 ? 0 : length), true);
  return calls.sendmsg(socket, BYTES, MSG_NOSIGNAL) < 0 ? err(lastFailure(calls)) : ok(null);
}

export interface ReceivedDescriptors {
  readonly descriptors: readonly number[];
  readonly note: number;
}

/** The next message; null when none is there or the sender is gone. */
export function receiveDescriptors(calls: Posix, socket: number): ReceivedDescriptors | null {
  MEMORY.setBigUint64(CONTROL_LENGTH_AT, BigInt(MOST_CONTROL), true);
  if (calls.recvmsg(socket, BYTES, MSG_CMSG_CLOEXEC) < NOTE_LENGTH) return null;
  const hasControl = MEMORY.getBigUint64(CONTROL_LENGTH_AT, true) > 0n;
  const length = hasControl ? Number(MEMORY.getBigUint64(CONTROL_AT, true)) : CONTROL_HEAD;
  const count = (length - CONTROL_HEAD) / 4;
  const descriptors = Array.from({ length: count }, (_, index) => MEMORY.getInt32(descriptorAt(index), true));
  return { descriptors, note: MEMORY.getUint32(NOTE_AT, true) };
}

function descriptorAt(index: number): number {
  return CONTROL_AT + CONTROL_HEAD + 4 * index;
}

/** The kernel takes 253 in one message. */
export const MOST_DESCRIPTORS = 128;

const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/**
 * All that a call reads and writes lies in one piece of memory, which is held for good: pieces that only other pieces
 * point at would be collected.
 *
 *       0  struct msghdr: name, its length, vector, its count, control, its length, flags
 *      64  struct iovec: the note, its length
 *      80  the note
 *      96  struct cmsghdr: length, level, type; the descriptors follow
 */
const VECTOR_AT = 64;
const NOTE_AT = 80;
const NOTE_LENGTH = 4;
const CONTROL_AT = 96;
const CONTROL_HEAD = 16;
const MOST_CONTROL = CONTROL_HEAD + 4 * MOST_DESCRIPTORS;
const CONTROL_LENGTH_AT = 40;
const MEMORY = new DataView(new ArrayBuffer(CONTROL_AT + MOST_CONTROL));
const BYTES = new Uint8Array(MEMORY.buffer);
const BASE = ptr(BYTES);
MEMORY.setBigUint64(16, BigInt(BASE + VECTOR_AT), true);
MEMORY.setBigUint64(24, 1n, true);
MEMORY.setBigUint64(32, BigInt(BASE + CONTROL_AT), true);
MEMORY.setBigUint64(VECTOR_AT, BigInt(BASE + NOTE_AT), true);
MEMORY.setBigUint64(VECTOR_AT + 8, BigInt(NOTE_LENGTH), true);
