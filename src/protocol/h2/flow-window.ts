/**
 * Flow control (RFC 9113 section 5.2), the same arithmetic for a stream and for the connection.
 *
 * A window is how many bytes of DATA may still be sent. The receiver grants more with WINDOW_UPDATE as it takes bytes;
 * the sender subtracts what it sends. It may become negative when SETTINGS_INITIAL_WINDOW_SIZE is lowered (6.9.2),
 * and may never exceed 2^31-1. Padding counts like data.
 */
import { MAX_WINDOW_BYTES } from "./frame.ts";

/** What the peer still takes. */
export class SendWindow {
  bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** False: it would exceed what a window can be. */
  grant(bytes: number): boolean {
    if (this.bytes + bytes > MAX_WINDOW_BYTES) return false;
    this.bytes += bytes;
    return true;
  }
}

/**
 * What we still take. Granted anew when half of it has been used, so that a small message costs no frame; once it has
 * grown, when a quarter has, so that less of it is on its way back.
 */
export class ReceiveWindow {
  /** Of which so many are left to the peer. */
  leftBytes: number;
  #size: number;
  #grants = 2;
  /** Taken by us, and not granted again yet. */
  #takenBytes = 0;

  constructor(sizeBytes: number) {
    this.#size = sizeBytes;
    this.leftBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** DATA has come; false when the peer was not allowed to send so much. */
  receive(bytes: number): boolean {
    this.leftBytes -= bytes;
    return this.leftBytes >= 0;
  }

  /** So many bytes have found their taker; what to grant now, or 0. */
  take(bytes: number): number {
    this.#takenBytes += bytes;
    return this.#takenBytes * this.#grants >= this.#size ? this.#grantTaken() : 0;
  }

  /** Larger from now on; what to grant at once: 0 while it still owes what it has been made smaller by. */
  growTo(sizeBytes: number): number {
    if (sizeBytes <= this.#size) return 0;
    this.#takenBytes += sizeBytes - this.#size;
    this.#size = sizeBytes;
    this.#grants = 4;
    return this.#takenBytes > 0 ? this.#grantTaken() : 0;
  }

  /** What is granted next is so much less. */
  shrinkBy(bytes: number): void {
    this.#takenBytes -= bytes;
    this.#size -= bytes;
  }

  /** What has come and is not taken. */
  get heldBytes(): number {
    return this.#size - this.leftBytes - this.#takenBytes;
  }

  #grantTaken(): number {
    const granted = this.#takenBytes;
    this.#takenBytes = 0;
    this.leftBytes += granted;
    return granted;
  }
}
