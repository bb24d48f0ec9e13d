/**
 * How an HTTP/1.x connection ends: after an answer that was the last, a request that is refused, a client that does not
 * take its answer or has nothing more to say; and how long it may stay as it is before that. What it reads and answers
 * in between is `H1Session`'s.
 */
import type { Timed } from "../base/clock.ts";
import type { Rostered } from "../base/roster.ts";
import type { Connection } from "../io/connection.ts";
import { withTransportSecurity } from "../pipeline/transport-security.ts";
import { EVENT } from "../protocol/h1/events.ts";
import type { RequestReader } from "../protocol/h1/request-reader.ts";
import { NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { Violation } from "../protocol/http/violation.ts";
import { LINGER_MS, MAX_DRAINED_BYTES, MAX_LINGER_MS, STATE, type State } from "./h1-session-state.ts";
import { refusedRequest, turnedAway } from "./refused-request.ts";
import type { SessionHost } from "./session-host.ts";
import { writeAnswerHead } from "./write-answer.ts";

export abstract class H1Ending implements Timed, Rostered {
  rosterPlace = -1;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  protected readonly connection: Connection;
  protected readonly host: SessionHost;
  protected reader: RequestReader | null = null;
  protected state: State = STATE.idle;
  protected keepAlive = true;
  /** The client has sent its FIN. */
  protected ended = false;
  /** Body bytes that came after the answer was complete. */
  #drainedBytes = 0;
  #lingerEndMs = 0;
  /** What a client that is behind had taken when it was looked at last; -1 when it is not behind. */
  #takenBefore = NOT_BEHIND;

  protected constructor(connection: Connection, host: SessionHost) {
    this.connection = connection;
    this.host = host;
  }

  abstract expire(): void;

  setDeadline(atMs: number): void {
    this.deadlineMs = atMs;
    if (atMs < this.slotDueMs) this.host.services.timers.arm(this);
  }

  protected touch(afterMs: number): void {
    this.setDeadline(this.host.services.timers.clock.nowMs() + afterMs);
  }

  /** How long this state may last without anything happening. */
  protected patienceMs(): number {
    if (this.state === STATE.head) return this.host.snapshot.headMs;
    return this.state === STATE.idle ? this.host.snapshot.keepAliveMs : LINGER_MS;
  }

  /** The exchange is over, but the client has not taken all of its answer: it may go on while it is quick enough. */
  protected judgeTaking(): void {
    const { minRateBytes, minRateWindowMs } = this.host.snapshot.fallback;
    const before = this.#takenBefore;
    const owed = Math.max(1, (minRateBytes * minRateWindowMs) / 1000);
    this.#takenBefore = this.connection.takenBytes;
    if (before !== NOT_BEHIND && this.#takenBefore - before < owed) this.connection.abort();
    else this.touch(minRateWindowMs);
  }

  protected caughtUp(): void {
    this.#takenBefore = NOT_BEHIND;
  }

  /** The answer is complete: what still comes of its request is read from here on in the hope of another one. */
  protected answered(): void {
    this.state = STATE.answered;
    this.#drainedBytes = 0;
    if (this.keepAlive) this.touch(LINGER_MS);
    else this.#closeAfterAnswer();
  }

  /** What is left of a request whose answer is complete: a little is read, so that the client can read it. */
  protected discardData(reader: RequestReader): void {
    this.#drainedBytes += reader.dataEnd - reader.dataStart;
    if (!this.keepAlive || this.#drainedBytes > MAX_DRAINED_BYTES) this.linger();
  }

  protected releaseReader(reader: RequestReader): void {
    this.reader = null;
    this.host.readers.give(reader);
  }

  /** Lingering is for bytes that may still come; a client that asked for the close sends none. */
  #closeAfterAnswer(): void {
    const reader = this.reader!;
    if (!this.connection.blocked && reader.unread === 0 && reader.next() === EVENT.end) {
      reader.startNext();
      this.releaseReader(reader);
      this.closeNow();
    } else this.linger();
  }

  /** Who has sent an empty line behind its last request has not begun another one. */
  protected abandonHead(violation: Violation): void {
    if (this.reader!.begun) this.refuse(violation);
    else this.linger();
  }

  /** A request that never became an exchange: answered here, and the connection closed. */
  protected refuse(violation: Violation): void {
    const { services, snapshot } = this.host;
    const startedMs = this.deadlineMs - snapshot.headMs;
    const { remoteAddress } = this.connection;
    const { answer, record } = refusedRequest(violation, snapshot, services, remoteAddress, startedMs);
    this.keepAlive = false;
    const fields = withTransportSecurity(answer.head, NO_ADDED_FIELDS, snapshot.hsts);
    writeAnswerHead(this.connection, answer.head, answer.head.framing.kind, "close", fields);
    this.connection.write(answer.body, 0, answer.body.length);
    services.observer.record(record);
    this.linger();
  }

  /** Whoever begins in another protocol would take an answer for anything but what it is (RFC 9113 section 3.4). */
  protected turnAway(violation: Violation): void {
    const { services, snapshot } = this.host;
    services.observer.record(turnedAway(violation, snapshot, this.connection.remoteAddress));
    this.linger();
  }

  /**
   * Sends our FIN and reads on for a moment: closing with unread bytes would make the kernel send a RST, which
   * can overtake the answer (RFC 9112 section 9.6).
   */
  protected linger(): void {
    this.reader = null;
    this.state = STATE.lingering;
    this.#lingerEndMs = this.host.services.timers.clock.nowMs() + MAX_LINGER_MS;
    this.connection.finish();
    this.connection.resume();
    this.touch(LINGER_MS);
    if (this.ended) this.closeNow();
  }

  protected onLingeringData(): void {
    const { clock } = this.host.services.timers;
    this.setDeadline(Math.min(clock.nowMs() + LINGER_MS, this.#lingerEndMs));
  }

  protected closeNow(): void {
    this.state = STATE.lingering;
    this.connection.close();
    // The last bytes were still in the outbox, and the client does not take them.
    if (this.connection.blocked) this.touch(LINGER_MS);
  }
}

const NOT_BEHIND = -1;
