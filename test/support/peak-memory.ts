/**
 * The most memory that a process of this machine has used. Not by `resourceUsage`: what a child is told to have used at
 * most includes what its parent had when it was forked, and a process full of tests is large.
 */
import { readFileSync } from "node:fs";

export class PeakMemory implements Disposable {
  bytes = 0;
  readonly #pid: number;
  readonly #timer: Timer;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** The kernel remembers the peak, so a look now and then misses only the last moment. */
  #look(): void {
    try {
      const [, kibibytes] =
        /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#pid}/status`, "latin1")) ?? [];
      this.bytes = Math.max(this.bytes, Number(kibibytes ?? 0) * 1024);
    } catch {
      // It has ended.
    }
  }
}

const LOOK_MS = 20;
