/**
 * One connection to whichever of a target's addresses accepts first (RFC 8305, "Happy Eyeballs"): families take turns, the
 * next address is tried when one fails, and also, beside it, when one has not answered for a quarter of a second.
 * A path that swallows packets then costs a moment, and not the whole connect timeout.
 */
import type { Timed, Timers } from "../base/clock.ts";
import {
  type Approach,
  type ConnectAddress,
  type ConnectAttempt,
  type ConnectHandler,
  connect,
} from "../io/connect.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";

export interface ConnectRace {
  /** No further address is tried. What is under way goes on, and its outcome is told. */
  settle(): void;
}

/** @param handler is told once: of the first that accepts, or of the last failure when none does */
export function connectAny(
  addresses: readonly ConnectAddress[],
  handler: ConnectHandler,
  approach: Approach,
  timers: Timers,
): ConnectRace {
  if (addresses.length > 1) return new Race(inTurns(addresses), handler, approach, timers);
  connect(addresses[0]!, handler, approach);
  return ALONE;
}

class Race implements Timed, ConnectRace {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #handler: ConnectHandler;
  readonly #approach: Approach;
  readonly #timers: Timers;
  readonly #underWay = new Set<ConnectAttempt>();
  #untried: readonly ConnectAddress[];

  constructor(
    addresses: readonly ConnectAddress[],
    handler: ConnectHandler,
    approach: Approach,
    timers: Timers,
  ) {
    this.#untried = addresses;
    this.#handler = handler;
    this.#approach = approach;
    this.#timers = timers;
    this.#tryNext();
  }

  settle(): void {
    this.#untried = [];
    this.#timers.disarm(this);
  }

  /** The last one has not answered for a while. */
  expire(): void {
    if (this.#untried.length > 0) this.#tryNext();
  }

  #tryNext(): void {
    const [address, ...untried] = this.#untried;
    this.#untried = untried;
    const attempt = connect(
      address!,
      {
        onConnect: (connection) => this.#won(connection, attempt),
        onConnectFailure: (cause) => this.#failed(cause, attempt),
      },
      this.#approach,
    );
    this.#underWay.add(attempt);
    if (untried.length === 0) return;
    this.deadlineMs = this.#timers.clock.nowMs() + DELAY_MS;
    this.#timers.arm(this);
  }

  #won(connection: Connection, attempt: ConnectAttempt): ConnectionHandler {
    this.settle();
    this.#underWay.delete(attempt);
    for (const other of this.#underWay) other.cancel();
    return this.#handler.onConnect(connection);
  }

  #failed(cause: string, attempt: ConnectAttempt): void {
    this.#underWay.delete(attempt);
    this.#timers.disarm(this);
    if (this.#untried.length > 0) this.#tryNext();
    else if (this.#underWay.size === 0) this.#handler.onConnectFailure(cause);
  }
}

/** One of each family after the other, beginning with that of the first. */
function inTurns(addresses: readonly ConnectAddress[]): ConnectAddress[] {
  const first = isIpv6(addresses[0]!);
  const [same, other] = [
    addresses.filter((address) => isIpv6(address) === first),
    addresses.filter((address) => isIpv6(address) !== first),
  ];
  const turns = Array.from({ length: Math.max(same.length, other.length) }, (_, i) => [same[i], other[i]]);
  return turns.flat().filter((address) => address !== undefined);
}

function isIpv6(address: ConnectAddress): boolean {
  return address.kind === "tcp" && address.ip.includes(":");
}

const ALONE: ConnectRace = { settle() {} };
/** RFC 8305 section 5 recommends this. */
const DELAY_MS = 250;
