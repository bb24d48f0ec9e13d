/**
 * What a reader's `next()` answers. Numbers, not objects: one is produced several times per request. The
 * details are in the reader's properties until the next call.
 */
export const EVENT = {
  /** Give me more with `push`. */
  needData: 0,
  /** `head` is complete. */
  head: 1,
  /** `bytes[dataStart, dataEnd)` is a piece of the body. */
  data: 2,
  /** `trailers` is complete; only after a chunked body that has any. */
  trailers: 3,
  /** The message is complete. `next` stays here until the reader is told to go on. */
  end: 4,
  /** `violation` says why; the reader is finished for good. */
  fault: 5,
} as const;

export type Event = (typeof EVENT)[keyof typeof EVENT];
