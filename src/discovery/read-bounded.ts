/** The text of an answer, up to a bound: a source that sends without end must not fill the memory. */
import { SourceError } from "./contract.ts";

export async function readBounded(answer: Response, limitBytes = LIMIT_BYTES): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  if (answer.body === null) return "";
  for await (const piece of answer.body) {
    bytes += piece.length;
    if (bytes > limitBytes)
      throw new SourceError("nonsense", `the answer is larger than ${limitBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

const LIMIT_BYTES = 4 * 1024 * 1024;
