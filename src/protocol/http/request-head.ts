/**
 * A request's head, whatever version it came in. Everything is a range in `fields.bytes`; strings are made
 * by those who need them. Reused from request to request: whoever keeps a value copies it.
 */
import { FieldBlock } from "./field-block.ts";
import { Framing } from "./framing.ts";

export const TARGET_FORM = { origin: 0, absolute: 1, asterisk: 2 } as const;
export type TargetForm = (typeof TARGET_FORM)[keyof typeof TARGET_FORM];

export class RequestHead {
  readonly fields: FieldBlock = new FieldBlock();
  readonly framing: Framing = new Framing();
  method = "";
  /** Where a first line in the form of HTTP/1.x begins, with the field lines behind it; -1: there is none. */
  lineStart = -1;
  majorVersion: 1 | 2 = 1;
  /** 0 or 1, of HTTP/1.x; 1 for later versions. */
  minorVersion = 1;
  targetForm: TargetForm = TARGET_FORM.origin;
  /** Path and query; empty for `*` and for an absolute target without a path. */
  targetStart = 0;
  /** Where the query's `?` stands, or `targetEnd`. */
  pathEnd = 0;
  targetEnd = 0;
  /** From the absolute target, else from Host; equal when the request has neither. */
  authorityStart = 0;
  /** End of the host without its port. */
  hostEnd = 0;
  authorityEnd = 0;
  /** Whether the absolute target said `https`. */
  isHttps = false;
  /** Whether the downstream connection may carry another request. */
  keepAlive = true;
  /** `Expect: 100-continue` of a client that understands interim answers. */
  expectContinue = false;
  /** An Upgrade that we pass on: named in Connection, without a body, and not to another HTTP. */
  upgrade = false;
  /** What to, in lower case, when `upgrade`. */
  upgradeTo = "";
  /** The client takes trailers (`TE: trailers`). */
  acceptsTrailers = false;
  /** Max-Forwards of an OPTIONS request (one beyond 2^53 - 1 counts as that), or -1. */
  maxForwards = -1;

  reset(): void {
    this.fields.reset();
    this.method = "";
    this.lineStart = -1;
    this.majorVersion = 1;
    this.minorVersion = 1;
    this.targetForm = TARGET_FORM.origin;
    this.targetStart = this.pathEnd = this.targetEnd = 0;
    this.authorityStart = this.hostEnd = this.authorityEnd = 0;
    this.isHttps = false;
    this.keepAlive = true;
    this.expectContinue = false;
    this.upgrade = false;
    this.upgradeTo = "";
    this.acceptsTrailers = false;
    this.maxForwards = -1;
  }

  /** The same with bytes of its own, for who needs it longer than its connection does. */
  copy(): RequestHead {
    const fields = this.fields.copy(Math.max(this.targetEnd, this.authorityEnd));
    const framing = Object.assign(new Framing(), this.framing);
    return Object.assign(new RequestHead(), this, { fields, framing });
  }

  /** The bytes have moved (see FieldBlock.rebase). */
  rebase(bytes: Buffer, by: number): void {
    this.fields.rebase(bytes, by);
    this.lineStart -= by;
    this.targetStart -= by;
    this.pathEnd -= by;
    this.targetEnd -= by;
    this.authorityStart -= by;
    this.hostEnd -= by;
    this.authorityEnd -= by;
  }

  /** Path and query as received; "*" for the asterisk form. */
  target(): string {
    if (this.targetForm === TARGET_FORM.asterisk) return "*";
    return this.fields.bytes.toString("latin1", this.targetStart, this.targetEnd);
  }

  /** The host as received, without its port; "" when the request named none. */
  host(): string {
    return this.fields.bytes.toString("latin1", this.authorityStart, this.hostEnd);
  }

  /** Whether that is this very text, without decoding it. */
  hostIs(text: string): boolean {
    const { authorityStart: start, hostEnd: end } = this;
    if (end - start !== text.length) return false;
    const { bytes } = this.fields;
    for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  authority(): string {
    return this.fields.bytes.toString("latin1", this.authorityStart, this.authorityEnd);
  }
}
