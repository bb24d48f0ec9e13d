/** Just enough HTTP for load generators that know what is coming: a 200 with a Content-Length. */

export interface AnswerHead {
  readonly bodyStart: number;
  readonly bodyBytes: number;
}

/** The head at the start of `bytes`, or a sentence when it is not what a load generator can count on. */
export function readAnswerHead(bytes: Uint8Array, length: number): AnswerHead | string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return "an answer's head came in parts";
  if (!text.startsWith("HTTP/1.1 200 ")) return `an answer began with '${text.slice(0, 40)}'`;
  const field = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end));
  if (field === null) return "an answer had no Content-Length";
  return { bodyStart: end + 4, bodyBytes: Number(field[1]) };
}
