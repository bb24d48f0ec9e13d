/** An answer's head, whatever version it came in; see RequestHead. */
import { FieldBlock } from "./field-block.ts";
import { Framing } from "./framing.ts";

export class ResponseHead {
  readonly fields: FieldBlock = new FieldBlock();
  readonly framing: Framing = new Framing();
  status = 0;
  /** Where a status line in the form of HTTP/1.x begins, with all that belongs to it; -1: there is none. */
  lineStart = -1;
  majorVersion: 1 | 2 = 1;
  minorVersion = 1;
  reasonStart = 0;
  reasonEnd = 0;
  /** Whether the upstream connection may carry another request. */
  keepAlive = true;

  reset(): void {
    this.fields.reset();
    this.status = 0;
    this.lineStart = -1;
    this.majorVersion = 1;
    this.minorVersion = 1;
    this.reasonStart = this.reasonEnd = 0;
    this.keepAlive = true;
  }

  /** Gives the head bytes of its own, so that the chunk in which it came can go; ranges stay what they are. */
  detach(): void {
    this.fields.detach(this.reasonEnd);
  }

  rebase(bytes: Buffer, by: number): void {
    this.fields.rebase(bytes, by);
    if (this.lineStart >= 0) this.lineStart -= by;
    this.reasonStart -= by;
    this.reasonEnd -= by;
  }
}

/** Interim answers precede the final one; 101 ends HTTP on the connection and is final. */
export function isInformational(status: number): boolean {
  return status < 200 && status !== 101;
}
