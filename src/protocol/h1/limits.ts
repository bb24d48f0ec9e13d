/** What one HTTP/1 message may cost to read. Settings fill it in; see docs/configuration.md for the defaults. */
export interface CodecLimits {
  /** Start line and fields, and again trailers. */
  readonly headBytes: number;
  readonly fieldCount: number;
  /** The start line alone. */
  readonly lineBytes: number;
  /** All chunk extensions of one body. */
  readonly chunkExtensionBytes: number;
}

export function sameLimits(a: CodecLimits, b: CodecLimits): boolean {
  return (
    a.headBytes === b.headBytes &&
    a.fieldCount === b.fieldCount &&
    a.lineBytes === b.lineBytes &&
    a.chunkExtensionBytes === b.chunkExtensionBytes
  );
}
