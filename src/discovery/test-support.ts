/** Time that a test moves, and a provider that does what the test says. */
import { createRandom } from "../base/random.ts";
import type { ProviderEvents } from "./contract.ts";
import type { BoundProvider, SourceTools } from "./source.ts";

export class FakeTools implements SourceTools {
  readonly random = createRandom([1, 2, 3, 4]);
  #nowMs = 0;
  #waiting: { dueMs: number; end: (passed: boolean) => void }[] = [];

  nowMs = (): number => this.#nowMs;
  wallMs = (): number => 1_000_000 + this.#nowMs;

  pause = (ms: number, stop: AbortSignal): Promise<boolean> => {
    if (stop.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const entry = { dueMs: this.#nowMs + ms, end: resolve };
      this.#waiting.push(entry);
      stop.addEventListener("abort", () => resolve(false));
    });
  };

  /** Moves the time and lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#waiting.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.end(true);
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Runs of one provider, each of which the test ends. */
export class ScriptedProvider {
  runs = 0;
  events: ProviderEvents | null = null;
  #end = Promise.withResolvers<void>();

  readonly bound: BoundProvider = (events, _tools, stop) => {
    this.runs++;
    this.events = events;
    this.#end = Promise.withResolvers<void>();
    stop.addEventListener("abort", () => this.#end.resolve());
    return this.#end.promise;
  };

  fail(error: Error): Promise<void> {
    this.#end.reject(error);
    return settled();
  }
}

/** Every promise that could go on has gone on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
