/** One connection to the chaos upstream: reads requests as simply as can be, and answers each with a fault. */
import type { Socket } from "node:net";
import type { Fault } from "./fault.ts";

export interface ChaosRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: Buffer;
}

/** The right answer, and what is done to it. */
export interface ChaosAnswer {
  readonly body: string;
  readonly fault: Fault;
}

export class ChaosConnection {
  readonly #socket: Socket;
  readonly #answer: (request: ChaosRequest) => ChaosAnswer;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #received: Buffer = Buffer.alloc(0);
  #busy = false;

  constructor(socket: Socket, answer: (request: ChaosRequest) => ChaosAnswer) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#next();
    });
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  #next(): void {
    if (this.#busy) return;
    const taken = takeRequest(this.#received);
    if (taken === null) return;
    this.#received = taken.rest;
    this.#busy = true;
    const { body, fault } = this.#answer(taken.request);
    this.#send(body, fault, taken.request.method === "HEAD");
  }

  #send(text: string, fault: Fault, isHead: boolean): void {
    const body = Buffer.from(text);
    const shown = isHead ? Buffer.alloc(0) : body;
    const whole = Buffer.concat([headOf(200, body.length), shown]);
    switch (fault.kind) {
      case "none":
        return this.#finish(whole);
      case "refuse":
        return void this.#socket.resetAndDestroy();
      case "reset":
        this.#socket.write(whole.subarray(0, fault.afterBytes), () => this.#socket.resetAndDestroy());
        return;
      case "cut":
        return void this.#socket.end(whole.subarray(0, fault.afterBytes));
      case "stall":
        return void this.#socket.write(whole.subarray(0, fault.afterBytes));
      case "trickle":
        return this.#trickle(whole, fault.bytes, fault.everyMs);
      case "short":
        return void this.#socket.end(Buffer.concat([headOf(200, body.length + 100), shown]));
      case "long":
        return this.#finish(Buffer.concat([whole, Buffer.from("and more than was promised")]));
      case "nonsense":
        return void this.#socket.end("220 chaos.example ESMTP\r\n");
      case "unavailable":
        return this.#finish(Buffer.concat([headOf(503, 4), Buffer.from(isHead ? "" : "busy")]));
      case "closeIdle":
        this.#finish(whole);
        return this.#after(fault.afterMs, () => this.#socket.end());
      case "slow":
        return this.#after(fault.delayMs, () => this.#finish(whole));
    }
  }

  #finish(bytes: Buffer): void {
    this.#socket.write(bytes);
    this.#busy = false;
    this.#next();
  }

  #trickle(bytes: Buffer, count: number, everyMs: number): void {
    if (bytes.length <= count) return this.#finish(bytes);
    this.#socket.write(bytes.subarray(0, count));
    this.#after(everyMs, () => this.#trickle(bytes.subarray(count), count, everyMs));
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#socket.destroyed) act();
    }, ms);
    this.#timers.add(timer);
  }
}

function headOf(status: number, length: number): Buffer {
  const reason = status === 200 ? "OK" : "Service Unavailable";
  return Buffer.from(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`,
  );
}

/** The first request in `bytes`, once it is complete. What a proxy sends is well-formed. */
function takeRequest(bytes: Buffer): { request: ChaosRequest; rest: Buffer } | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const [method = "", target = ""] = head.split(" ", 2);
  const after = bytes.subarray(headEnd + 4);
  const body = /^transfer-encoding:/im.test(head) ? takeChunks(after) : takeLength(head, after);
  return body === null ? null : { request: { method, target, body: body.taken }, rest: body.rest };
}

function takeLength(head: string, bytes: Buffer): { taken: Buffer; rest: Buffer } | null {
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (bytes.length < length) return null;
  return { taken: bytes.subarray(0, length), rest: bytes.subarray(length) };
}

function takeChunks(bytes: Buffer): { taken: Buffer; rest: Buffer } | null {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (size === 0) {
      const trailersEnd = bytes.indexOf("\r\n\r\n", lineEnd);
      return trailersEnd < 0 ? null : { taken: Buffer.concat(pieces), rest: bytes.subarray(trailersEnd + 4) };
    }
    if (bytes.length < end + 2) return null;
    pieces.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
