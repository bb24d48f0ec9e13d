/**
 * Cuts a byte stream into lines and gives each back once it is complete; a line that grows beyond the
 * limit is given back in pieces, so that what is kept stays bounded. Pure, the socket is elsewhere.
 */
export interface LineEcho {
  /** The bytes that may go back now; the received chunk is not kept. */
  receive(chunk: Uint8Array): Uint8Array;
  /** What is left of an unfinished line when the sender has ended. */
  end(): Uint8Array;
}

export function createLineEcho(limitBytes = DEFAULT_LIMIT_BYTES): LineEcho {
  let kept = EMPTY;

  function take(): Uint8Array {
    const all = kept;
    kept = EMPTY;
    return all;
  }

  return {
    receive(chunk: Uint8Array): Uint8Array {
      const all = Buffer.concat([kept, chunk]);
      const lineEnd = all.lastIndexOf(LINE_FEED) + 1;
      const complete = lineEnd === 0 && all.length > limitBytes ? all.length : lineEnd;
      kept = all.subarray(complete);
      return all.subarray(0, complete);
    },
    end: take,
  };
}

const EMPTY: Uint8Array = new Uint8Array(0);
const LINE_FEED = 10;
const DEFAULT_LIMIT_BYTES = 64 * 1024;
