/**
 * The way from an accepted client to a target that accepts: every target of the upstream once, each at all of
 * its addresses; when none accepts, the same again after a while, a limited number of times.
 */
import type { Timed, Timers } from "../base/clock.ts";
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import {
  type Approach,
  type ConnectAddress,
  type ConnectAttempt,
  type ConnectHandler,
  connect,
} from "../io/connect.ts";
import { connectError } from "../io/connect-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import type { PickRequest } from "../upstream/balancer/balancer.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";

export interface RoundOptions {
  readonly connectMs: number;
  /** From the failure of one round to the next. */
  readonly everyMs: number;
  /** Rounds in all, at least one. */
  readonly attempts: number;
  /** What every target gets before all else: a PROXY header; null: nothing. */
  readonly preface: Buffer | null;
}

/** Exactly one of the two is called, unless the rounds are stopped. */
export interface RoundOwner {
  onTarget(connection: Connection): ConnectionHandler;
  onNoTarget(error: ProxyError): void;
}

export class TcpRounds implements ConnectHandler, Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  /** The target that is tried or was reached; its `active` counts us until `release`. */
  target: Target | null = null;
  /** Of connects. */
  attempts = 0;
  /** When the last of them began; -1 before the first. */
  attemptMs = -1;
  readonly #upstream: Upstream;
  readonly #request: PickRequest;
  readonly #options: RoundOptions;
  readonly #approach: Approach;
  readonly #timers: Timers;
  readonly #owner: RoundOwner;
  #round = 0;
  #candidates: Iterator<Target> = NONE;
  #addresses: readonly ConnectAddress[] = [];
  #nextAddress = 0;
  #attempt: ConnectAttempt | null = null;
  #connecting = false;
  #error: ProxyError = proxyError("upstream.no_target");
  #isLast = false;

  constructor(
    upstream: Upstream,
    request: PickRequest,
    options: RoundOptions,
    timers: Timers,
    owner: RoundOwner,
  ) {
    this.#upstream = upstream;
    this.#request = request;
    this.#options = options;
    this.#approach = { alpn: "", preface: options.preface };
    this.#timers = timers;
    this.#owner = owner;
  }

  /** Between two rounds: nothing is under way. */
  get waiting(): boolean {
    return !this.#connecting && this.slotDueMs !== Number.POSITIVE_INFINITY;
  }

  start(): void {
    this.#round++;
    this.#candidates = this.#upstream.candidates(this.#request);
    this.#error = proxyError(this.#upstream.refusal);
    this.#tryNext();
  }

  /** No round follows the one under way. */
  finishRound(): void {
    this.#isLast = true;
  }

  /** Nothing more is called; a connection that is under way is dropped when it comes. */
  stop(): void {
    this.#timers.disarm(this);
    if (this.#connecting) this.#attempt?.cancel();
    this.#connecting = false;
    this.release();
  }

  /** The target no longer counts us. */
  release(): void {
    if (this.target !== null) {
      this.target.closeTunnel();
      this.target.release();
    }
    this.target = null;
  }

  onConnect(connection: Connection): ConnectionHandler {
    this.#timers.disarm(this);
    this.#connecting = false;
    this.target!.meter.connected(false);
    const nowMs = this.#timers.clock.nowMs();
    this.target!.answered(NO_STATUS, nowMs - this.attemptMs, nowMs);
    return this.#owner.onTarget(connection);
  }

  onConnectFailure(cause: string): void {
    this.#attemptFailed(connectError(cause));
  }

  /** Either a connect takes too long, or the pause between two rounds is over. */
  expire(): void {
    if (!this.#connecting) {
      this.start();
      return;
    }
    this.#attempt?.cancel();
    this.#attemptFailed(proxyError("upstream.connect_timeout"));
  }

  #attemptFailed(error: ProxyError): void {
    this.#timers.disarm(this);
    this.#connecting = false;
    this.target!.meter.failed(error.code);
    this.#error = error;
    const nowMs = this.#timers.clock.nowMs();
    const isLastAddress = this.#nextAddress >= this.#addresses.length;
    if (isLastAddress) this.target!.failed(nowMs - this.attemptMs, nowMs);
    this.#tryNext();
  }

  #tryNext(): void {
    while (this.#nextAddress >= this.#addresses.length) {
      if (!this.#nextTarget()) {
        this.#roundFailed();
        return;
      }
    }
    this.target!.meter.attempted(this.attempts > 0);
    this.attempts++;
    this.attemptMs = this.#timers.clock.nowMs();
    this.#connecting = true;
    this.#setDeadline(this.#options.connectMs);
    this.#attempt = connect(this.#addresses[this.#nextAddress++]!, this, this.#approach);
  }

  #nextTarget(): boolean {
    this.release();
    const { value: target, done } = this.#candidates.next();
    this.#nextAddress = 0;
    this.#addresses = [];
    if (done === true) return false;
    const addresses = target.connectAddresses();
    if (addresses.length === 0) {
      this.#error = this.#passedOver(
        target,
        proxyError("upstream.name_not_found", { cause: target.failure }),
      );
      return true;
    }
    const refusal = target.openTunnel();
    if (refusal !== null) {
      this.#error = this.#passedOver(target, proxyError(refusal));
      return true;
    }
    this.#addresses = addresses;
    this.target = target;
    target.hold();
    return true;
  }

  #passedOver(target: Target, error: ProxyError): ProxyError {
    this.#upstream.passOver(target);
    target.meter.failed(error.code);
    return error;
  }

  #roundFailed(): void {
    if (this.#isLast || this.#round >= this.#options.attempts) this.#owner.onNoTarget(this.#error);
    else this.#setDeadline(this.#options.everyMs);
  }

  #setDeadline(afterMs: number): void {
    this.deadlineMs = this.#timers.clock.nowMs() + afterMs;
    this.#timers.arm(this);
  }
}

/** A tunnel that stands. */
const NO_STATUS = 0;
const NONE: Iterator<Target> = [][Symbol.iterator]();
