/**
 * Tells an end that was said from one that merely came. The runtime reports a close_notify and a bare FIN alike;
 * but a FIN can be forged by whoever sits on the wire, to pass a part for the whole (RFC 8446 section 6.1). So the
 * lengths of the received records are followed: a close_notify is an alert, and the last record there is.
 */

export class RecordTail {
  /** Of the record that is being received: bytes still to come, header included; 0 between records. */
  #missing = 0;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #type = 0;
  /** Whether the last complete record may be an alert by its type and length. */
  #mayBeAlert = false;
  /** Data that the record being received can hold at most. */
  #sealOf = 0;
  /** The same for all records that the last chunk completed, and what of that came out as data. */
  #sealedBytes = 0;
  #openedBytes = 0;

  /** A chunk as received, before what is in it is delivered. */
  received(chunk: Uint8Array): void {
    this.#sealedBytes = 0;
    this.#openedBytes = 0;
    let at = 0;
    while (at < chunk.length) at = this.#missing > 0 ? this.#body(chunk, at) : this.#head(chunk, at);
  }

  /** Data that came out of the last chunk. */
  delivered(bytes: number): void {
    this.#openedBytes += bytes;
  }

  /** Whether the peer has said that this is the end; asked when it comes. */
  get closeNotified(): boolean {
    if (this.#missing > 0 || this.#headerBytes > 0 || !this.#mayBeAlert) return false;
    // In TLS 1.3 an alert looks like two bytes of data, but does not come out as such.
    return this.#type === ALERT || this.#openedBytes < this.#sealedBytes;
  }

  #head(chunk: Uint8Array, at: number): number {
    this.#header[this.#headerBytes++] = chunk[at]!;
    if (this.#headerBytes < HEADER_BYTES) return at + 1;
    this.#headerBytes = 0;
    this.#type = this.#header[0]!;
    const length = (this.#header[3]! << 8) | this.#header[4]!;
    this.#missing = length;
    this.#mayBeAlert = this.#type === ALERT || (this.#type === DATA && length === SEALED_ALERT_BYTES);
    this.#sealOf = this.#type === DATA ? Math.max(0, length - SEAL_BYTES) : 0;
    return at + 1;
  }

  #body(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#missing, chunk.length - at);
    this.#missing -= count;
    if (this.#missing === 0) this.#sealedBytes += this.#sealOf;
    return at + count;
  }
}

const HEADER_BYTES = 5;
const ALERT = 21;
const DATA = 23;
/** The inner type and the tag, which is 16 bytes in every suite of TLS 1.3. */
const SEAL_BYTES = 17;
const SEALED_ALERT_BYTES = 2 + SEAL_BYTES;
