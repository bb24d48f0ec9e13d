/**
 * What a reader's `next()` answers, as in the HTTP/1 codec: small numbers, with the details in the reader's properties
 * until the next call. All but `needData`, `enough`, `settings`, `window`, `goaway`, `ping` and `fault` speak of `stream`.
 */
export const EVENT = {
  needData: 0,
  /** `stream.head` (as server) or `head` (as client) is complete. */
  head: 1,
  /** `bytes[dataStart, dataEnd)` is a piece of the body. */
  data: 2,
  /** `trailers` is complete; `end` follows. */
  trailers: 3,
  /** The peer has ended its side of the stream. */
  end: 4,
  /** The stream is over before its end: reset by the peer with `errorCode`, or by us because of `fault`. */
  reset: 5,
  /** There is room again for DATA: of `stream`, or of all when that is null. */
  window: 6,
  /** The peer has new settings, which hold already. */
  settings: 7,
  /** The peer takes no stream beyond `lastStreamId`; `errorCode` says why. */
  goaway: 8,
  /** Our PING has come back. */
  pong: 9,
  /** The head of a new stream breaks a limit: `violation` says which. The stream is open, and may be answered. */
  refused: 10,
  /** The stream's priority has changed. */
  priority: 11,
  /** `fault` ends the connection; nothing more is read. The GOAWAY is among the frames to send. */
  fault: 12,
  /** So much has been read at once that others should have their turn; the next call goes on. Told by servers only. */
  enough: 13,
} as const;

export type Event = (typeof EVENT)[keyof typeof EVENT];
