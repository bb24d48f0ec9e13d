/**
 * Pieces of memory that leave in one system call, one behind the other, with no copy to bring them together (sendmsg(2)).
 * There is one list for the process: it is filled and sent within one event, and holds the pieces until the call returns.
 */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** How many pieces there may be; the kernel takes 1,024. */
export const MOST_PIECES = 256;

/** False where there is no such call: then nothing must be added. */
export function canSendPieces(): boolean {
  return libc !== null;
}

/** Where memory is of which pieces are to be added; it is held, and must not be given back, until they are sent. */
export function addressOf(bytes: Buffer): number {
  held[heldCount++] = bytes;
  return ptr(bytes);
}

/** A piece of at least one byte. */
export function addPiece(address: number, length: number): void {
  const at = FIRST_PIECE + pieces * PIECE_WORDS;
  WORDS[at] = address;
  WORDS[at + 1] = address / HIGH;
  WORDS[at + 2] = length;
  pieces++;
}

/** Sends and forgets them; how many bytes the kernel took, 0 when it takes none, whatever the reason (see `sendNow`). */
export function sendPieces(fd: number): number {
  WORDS[COUNT_AT] = pieces;
  const count = libc === null || fd < 0 ? 0 : libc.symbols.sendmsg(fd, MESSAGE, SEND_FLAGS);
  forgetPieces();
  return Math.max(count, 0);
}

export function forgetPieces(): void {
  held.fill(null, 0, heldCount);
  pieces = heldCount = 0;
}

const libc = openLibc({ sendmsg: { args: ["i32", "ptr", "i32"], returns: "i32" } });
const MSG_DONTWAIT = process.platform === "darwin" ? 0x80 : 0x40;
/** A broken connection must not end the process with SIGPIPE; on macOS the runtime has set SO_NOSIGPIPE. */
const SEND_FLAGS = process.platform === "darwin" ? MSG_DONTWAIT : MSG_DONTWAIT | 0x4000;

/**
 * A struct msghdr of 56 bytes, its vector behind it: each piece an address and a length of 64 bits, here as two words of 32
 * each. All in one piece of memory, since pieces that only pointers know of would be collected.
 */
const VECTOR_AT = 64;
const FIRST_PIECE = VECTOR_AT / 4;
const PIECE_WORDS = 4;
const COUNT_AT = 24 / 4;
const HIGH = 2 ** 32;
const WORDS = new Uint32Array(new ArrayBuffer(VECTOR_AT + MOST_PIECES * PIECE_WORDS * 4));
const MESSAGE = new Uint8Array(WORDS.buffer);
WORDS[16 / 4] = ptr(MESSAGE) + VECTOR_AT;
WORDS[16 / 4 + 1] = (ptr(MESSAGE) + VECTOR_AT) / HIGH;

const held: (Buffer | null)[] = Array.from({ length: MOST_PIECES }, () => null);
let heldCount = 0;
let pieces = 0;
