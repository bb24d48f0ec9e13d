/** One connection of a client, for scenarios: sends, and waits for answers, each wait bounded. */
import type { Socket } from "bun";
import { type Answer, AnswerReader } from "./soak-answer.ts";

/** How a wait ended when no answer came. */
export type NoAnswer = "closed" | "reset" | "late" | "wrong";

export class SoakClient {
  readonly reader = new AnswerReader();
  ended = false;
  gone = false;
  #reset = false;
  #socket!: Socket<undefined>;
  #wake: () => void = () => undefined;
  #unsent: Buffer | null = null;
  #delayMs = 0;

  static async connect(port: number): Promise<SoakClient> {
    const client = new SoakClient();
    client.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      socket: {
        data: (_, chunk) => client.#onData(chunk),
        drain: () => client.#flush(),
        end: () => client.#onEnd(),
        close: (_, error) => client.#onClose(error !== undefined && error !== null),
        error: () => undefined,
      },
    });
    return client;
  }

  send(bytes: string | Buffer): void {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    this.#unsent = this.#unsent === null ? chunk : Buffer.concat([this.#unsent, chunk]);
    this.#flush();
  }

  /** Reads at most one chunk each so many ms. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async answer(method: string, withinMs: number): Promise<Answer | NoAnswer> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const answer = this.reader.next(method, this.ended);
      if (answer !== null) return answer;
      if (this.gone) return this.#reset ? "reset" : "closed";
      if (this.ended) return "closed";
      if (performance.now() > endMs) return "late";
      await this.#event(endMs);
    }
  }

  /** Whether the other side has ended the connection within this time. */
  async untilEnd(withinMs: number): Promise<boolean> {
    const endMs = performance.now() + withinMs;
    while (!this.ended && !this.gone && performance.now() < endMs) await this.#event(endMs);
    return this.ended || this.gone;
  }

  /** So many bytes behind a 101, or fewer when it ends. */
  async bytes(count: number, withinMs: number): Promise<Buffer> {
    const endMs = performance.now() + withinMs;
    while (this.reader.unread < count && !this.gone && !this.ended && performance.now() < endMs)
      await this.#event(endMs);
    return this.reader.takeRest();
  }

  finish(): void {
    if (!this.gone) this.#socket.shutdown();
  }

  close(): void {
    if (!this.gone) this.#socket.close();
  }

  reset(): void {
    if (!this.gone) this.#socket.terminate();
  }

  #flush(): void {
    if (this.#unsent === null || this.gone) return;
    const count = this.#socket.write(this.#unsent);
    if (count > 0) this.#unsent = count === this.#unsent.length ? null : this.#unsent.subarray(count);
  }

  #onData(chunk: Buffer): void {
    this.reader.push(chunk);
    if (this.#delayMs > 0) {
      this.#socket.pause();
      setTimeout(() => !this.gone && this.#socket.resume(), this.#delayMs).unref();
    }
    this.#wake();
  }

  #onEnd(): void {
    this.ended = true;
    this.#wake();
  }

  #onClose(isReset: boolean): void {
    this.gone = true;
    this.#reset = isReset;
    this.#wake();
  }

  async #event(endMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.max(1, endMs - performance.now()));
    await promise;
    clearTimeout(timer);
  }
}
