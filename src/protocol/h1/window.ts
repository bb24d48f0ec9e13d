/**
 * The received bytes that a reader has not finished with. Usually the window *is* the chunk that came from
 * the socket, untouched; only what a message splits over chunks is gathered in a buffer of our own.
 *
 * A line that is not complete is read again from its start when more comes. So that a peer who sends single
 * bytes does not make that quadratic, the window knows which class of bytes the line waits in: while
 * only such bytes come, nothing can have changed.
 */
import { CLASS } from "../http/grammar.ts";

export class Window {
  bytes: Buffer = EMPTY;
  pos = 0;
  end = 0;
  /** The first byte that must stay in place: the start of an unfinished head, else `pos`. */
  keepFrom = 0;
  #ownsBytes = false;
  /** The class of bytes that cannot end the wait of an unfinished line; 0 while none waits. */
  #waitingIn = 0;
  /** The first byte that was not there when the line was last looked at. */
  #unseen = 0;

  get unread(): number {
    return this.end - this.pos;
  }

  /**
   * Adds a chunk. Returns by how many places the kept bytes moved towards the start of a new buffer, or -1
   * when they stayed where they were.
   */
  push(chunk: Buffer): number {
    if (this.keepFrom === this.end) {
      this.bytes = chunk;
      this.pos = this.keepFrom = 0;
      this.end = chunk.length;
      this.#ownsBytes = false;
      this.#waitingIn = 0;
      return -1;
    }
    if (this.#ownsBytes && this.end + chunk.length <= this.bytes.length) {
      chunk.copy(this.bytes, this.end);
      this.end += chunk.length;
      return -1;
    }
    return this.#gather(chunk);
  }

  /** The line at `pos` has no end before `end`, and only a byte outside this class of grammar.ts can change that. */
  wait(inClass: number, end: number): void {
    this.#waitingIn = inClass;
    this.#unseen = end;
  }

  /** Whether the line at `pos` still waits, after what has come before `end`. */
  stillWaits(end: number): boolean {
    if (this.#waitingIn === 0) return false;
    const { bytes } = this;
    let at = this.#unseen;
    while (at < end && (CLASS[bytes[at]!]! & this.#waitingIn) !== 0) at++;
    this.#unseen = at;
    if (at === end) return true;
    this.#waitingIn = 0;
    return false;
  }

  /** Hands over a copy of what is unread, as the start of another protocol. */
  takeUnread(): Buffer | null {
    if (this.pos === this.end) return null;
    const rest = Buffer.from(this.bytes.subarray(this.pos, this.end));
    this.pos = this.keepFrom = this.end;
    return rest;
  }

  /** Lets go of the bytes once none has to stay, so that an idle connection holds no memory. */
  release(): void {
    if (this.keepFrom !== this.end) return;
    this.bytes = EMPTY;
    this.pos = this.end = this.keepFrom = 0;
    this.#ownsBytes = false;
  }

  #gather(chunk: Buffer): number {
    const moved = this.keepFrom;
    const kept = this.end - moved;
    const gathered = Buffer.allocUnsafeSlow(Math.max(MIN_GATHER_BYTES, 2 * (kept + chunk.length)));
    this.bytes.copy(gathered, 0, moved, this.end);
    chunk.copy(gathered, kept);
    this.bytes = gathered;
    this.pos -= moved;
    this.#unseen -= moved;
    this.keepFrom = 0;
    this.end = kept + chunk.length;
    this.#ownsBytes = true;
    return moved;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
const MIN_GATHER_BYTES = 512;
