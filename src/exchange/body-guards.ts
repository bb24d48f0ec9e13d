/** The minimum rates of one exchange's two bodies; made only for bodies that take longer than one read. */
import type { Timers } from "../base/clock.ts";
import { RateGuard } from "./rate-guard.ts";
import type { RouteBounds } from "./snapshot.ts";

/** What is watched, and who is told. */
export interface GuardedBodies {
  /** Of the request's body, by us. */
  receivedBytes(): number;
  /** Of the answer's, by the client. */
  takenBytes(): number;
  onTooSlow(code: "request.too_slow" | "answer.too_slow"): void;
}

export class BodyGuards {
  readonly #timers: Timers;
  readonly #bounds: RouteBounds;
  readonly #bodies: GuardedBodies;
  #upload: RateGuard | null = null;
  #download: RateGuard | null = null;

  constructor(timers: Timers, bounds: RouteBounds, bodies: GuardedBodies) {
    this.#timers = timers;
    this.#bounds = bounds;
    this.#bodies = bodies;
  }

  watchUpload(): void {
    if (this.#bounds.minRateBytes === 0 || this.#upload !== null) return;
    this.#upload = this.#guard(() => this.#bodies.receivedBytes(), "request.too_slow");
    this.#upload.setWaiting(true);
  }

  watchDownload(): void {
    if (this.#bounds.minRateBytes === 0) return;
    this.#download ??= this.#guard(() => this.#bodies.takenBytes(), "answer.too_slow");
    this.#download.setWaiting(true);
  }

  /** Whether we now wait for the client to send. */
  setUploadWaiting(waiting: boolean): void {
    this.#upload?.setWaiting(waiting);
  }

  /** Whether we now wait for the client to read. */
  setDownloadWaiting(waiting: boolean): void {
    this.#download?.setWaiting(waiting);
  }

  stopUpload(): void {
    this.#upload?.stop();
  }

  stop(): void {
    this.#upload?.stop();
    this.#download?.stop();
  }

  #guard(moved: () => number, code: "request.too_slow" | "answer.too_slow"): RateGuard {
    const { minRateBytes, minRateWindowMs } = this.#bounds;
    return new RateGuard(this.#timers, minRateBytes, minRateWindowMs, moved, () =>
      this.#bodies.onTooSlow(code),
    );
  }
}
