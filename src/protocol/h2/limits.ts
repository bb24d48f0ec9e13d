/** What one HTTP/2 connection may cost us. Settings fill it in; see docs/http2.md. */
export interface H2Limits {
  /** A list of fields, counted as RFC 9113 section 10.5.1 says. */
  readonly headBytes: number;
  readonly fieldCount: number;
  /** Streams of the peer's at once. */
  readonly streams: number;
  /** How much of a body we take ahead of its taker. */
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
}
