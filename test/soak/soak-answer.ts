/** Takes the bytes of one connection apart into answers: strictly, since it is ours that are judged. */

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  /** No further answer comes on this connection. */
  readonly last: boolean;
}

/** `null`: more bytes are needed. `"wrong"`: no proxy may send that. */
export type NextAnswer = Answer | "wrong" | null;

export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
  }

  get unread(): number {
    return this.#bytes.length + this.#parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** @param ended the connection's FIN has come */
  next(method: string, ended: boolean): NextAnswer {
    if (this.#parts.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#parts.splice(0)]);
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return null;
    const head = this.#bytes.toString("latin1", 0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
    if (status === 0) return "wrong";
    if (status >= 100 && status < 200 && status !== 101) {
      this.#bytes = this.#bytes.subarray(end + 4);
      return this.next(method, ended);
    }
    return this.#withBody(method, status, head, end + 4, ended);
  }

  /** What came behind a 101. */
  takeRest(): Buffer {
    const rest = Buffer.concat([this.#bytes, ...this.#parts.splice(0)]);
    this.#bytes = Buffer.alloc(0);
    return rest;
  }

  #withBody(method: string, status: number, head: string, start: number, ended: boolean): NextAnswer {
    const last = /^connection:.*\bclose\b/im.test(head);
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (method === "HEAD" || status === 101 || status === 204 || status === 304)
      return this.#take(status, head, start, start, last);
    if (/^transfer-encoding: chunked$/im.test(head)) return this.#chunked(status, head, start, last);
    if (length === undefined) return ended ? this.#take(status, head, start, this.#bytes.length, true) : null;
    const end = start + Number(length);
    return this.#bytes.length < end ? null : this.#take(status, head, start, end, last);
  }

  #take(status: number, head: string, start: number, end: number, last: boolean): Answer {
    const body = this.#bytes.subarray(start, end);
    this.#bytes = this.#bytes.subarray(end);
    return { status, head, body, last };
  }

  #chunked(status: number, head: string, start: number, last: boolean): NextAnswer {
    const parts: Buffer[] = [];
    for (let at = start; ; ) {
      const lineEnd = this.#bytes.indexOf("\r\n", at);
      if (lineEnd < 0) return null;
      const line = this.#bytes.toString("latin1", at, lineEnd);
      if (!/^[0-9a-f]+$/.test(line)) return "wrong";
      const size = Number.parseInt(line, 16);
      const data = lineEnd + 2;
      if (size === 0) {
        const end =
          this.#bytes.toString("latin1", data, data + 2) === "\r\n"
            ? data
            : this.#bytes.indexOf("\r\n\r\n", data) + 2;
        if (end < data || this.#bytes.length < end + 2) return null;
        this.#bytes = this.#bytes.subarray(end + 2);
        return { status, head, body: Buffer.concat(parts), last };
      }
      if (this.#bytes.length < data + size + 2) return null;
      parts.push(this.#bytes.subarray(data, data + size));
      at = data + size + 2;
    }
  }
}
