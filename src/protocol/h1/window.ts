/**
 * The received bytes that a reader has not finished with. Usually the window *is* the chunk that came from
 * the socket, untouched; only what a message splits over chunks is gathered in a buffer of our own.
 */

const EMPTY: Buffer = Buffer.alloc(0);
const MIN_GATHER_BYTES = 512;

export class Window {
  bytes: Buffer = EMPTY;
  pos = 0;
  end = 0;
  /** The first byte that must stay in place: the start of an unfinished head, else `pos`. */
  keepFrom = 0;
  #ownsBytes = false;

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
      return -1;
    }
    if (this.#ownsBytes && this.end + chunk.length <= this.bytes.length) {
      chunk.copy(this.bytes, this.end);
      this.end += chunk.length;
      return -1;
    }
    return this.#gather(chunk);
  }

  /** Hands over a copy of what is unread, as the start of another protocol. */
  takeUnread(): Buffer | null {
    if (this.pos === this.end) return null;
    const rest = Buffer.from(this.bytes.subarray(this.pos, this.end));
    this.pos = this.keepFrom = this.end;
    return rest;
  }

  /** Lets go of the bytes once all are read, so that an idle connection holds no memory. */
  release(): void {
    if (this.pos !== this.end) return;
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
    this.keepFrom = 0;
    this.end = kept + chunk.length;
    this.#ownsBytes = true;
    return moved;
  }
}
