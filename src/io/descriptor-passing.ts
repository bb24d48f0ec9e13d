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
  NOTE.setUint32(0, note, true);
  const controlBytes = CONTROL_HEAD + 4 * descriptors.length;
  CONTROL.setBigUint64(0, BigInt(controlBytes), true);
  CONTROL.setInt32(8, SOL_SOCKET, true);
  CONTROL.setInt32(12, SCM_RIGHTS, true);
  for (let i = 0; i < descriptors.length; i++) CONTROL.setInt32(CONTROL_HEAD + 4 * i, descriptors[i]!, true);
  MESSAGE.setBigUint64(CONTROL_LENGTH_AT, BigInt(descriptors.length === 0 ? 0 : controlBytes), true);
  return calls.sendmsg(socket, MESSAGE_BYTES, MSG_NOSIGNAL) < 0 ? err(lastFailure(calls)) : ok(null);
}

export interface ReceivedDescriptors {
  readonly descriptors: readonly number[];
  readonly note: number;
}

/** The next message; null when none is there or the sender is gone. */
export function receiveDescriptors(calls: Posix, socket: number): ReceivedDescriptors | null {
  MESSAGE.setBigUint64(CONTROL_LENGTH_AT, BigInt(CONTROL_BYTES.length), true);
  const count = calls.recvmsg(socket, MESSAGE_BYTES, MSG_CMSG_CLOEXEC);
  if (count < NOTE_BYTES.length) return null;
  const received = Number(MESSAGE.getBigUint64(CONTROL_LENGTH_AT, true));
  const descriptors: number[] = [];
  if (received >= CONTROL_HEAD) {
    const end = Number(CONTROL.getBigUint64(0, true));
    for (let at = CONTROL_HEAD; at + 4 <= end; at += 4) descriptors.push(CONTROL.getInt32(at, true));
  }
  return { descriptors, note: NOTE.getUint32(0, true) };
}

/** The kernel takes 253 in one message. */
export const MOST_DESCRIPTORS = 128;

const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** `struct cmsghdr`: length, level, type; the descriptors follow. */
const CONTROL_HEAD = 16;
const CONTROL_BYTES = new Uint8Array(CONTROL_HEAD + 4 * MOST_DESCRIPTORS);
const CONTROL = new DataView(CONTROL_BYTES.buffer);
const NOTE_BYTES = new Uint8Array(4);
const NOTE = new DataView(NOTE_BYTES.buffer);
const VECTOR = new BigUint64Array([BigInt(ptr(NOTE_BYTES)), BigInt(NOTE_BYTES.length)]);

/** `struct msghdr`: name, its length, vector, its count, control, its length, flags. */
const MESSAGE_BYTES = new Uint8Array(56);
const MESSAGE = new DataView(MESSAGE_BYTES.buffer);
const CONTROL_LENGTH_AT = 40;
MESSAGE.setBigUint64(16, BigInt(ptr(VECTOR)), true);
MESSAGE.setBigUint64(24, 1n, true);
MESSAGE.setBigUint64(32, BigInt(ptr(CONTROL_BYTES)), true);
