/** One worker as the supervisor sees it: a child process, the channel to it, and how it ended. */
import type { WorkerQuestion } from "../admin/distant-worker.ts";
import { ok, type Result } from "../base/result.ts";
import { descriptorPair, MOST_DESCRIPTORS, sendDescriptors } from "../io/descriptor-passing.ts";
import { type Posix, SOCK_STREAM } from "../io/posix.ts";
import { refreshClock } from "../io/real-clock.ts";
import type { StartFailure } from "../runtime/start.ts";
import { Channel, type ChannelHandler } from "./channel/channel.ts";
import { CLONE, type FrameFault } from "./channel/frames.ts";
import type { Grants } from "./grants.ts";
import {
  isServingAnswer,
  isWorkerEvent,
  type PeersRequest,
  type ReloadRequest,
  type StartRequest,
  type SupervisorEvent,
} from "./messages.ts";
import type { Parcel } from "./parcel.ts";
import type { Seat } from "./seats.ts";

export interface WorkerEvents {
  /** It wants to end, and has not stopped serving. */
  onLeaving(worker: WorkerProcess): void;
  onExit(worker: WorkerProcess, exit: WorkerExit): void;
  /** It sent what no worker says, and is being killed. */
  onNonsense(worker: WorkerProcess, fault: string): void;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly livedMs: number;
}

/** What to serve, and the descriptors that this needs. */
export interface ServingOrder {
  /** The configuration. */
  readonly parcel: Parcel;
  readonly request: StartRequest | ReloadRequest;
  readonly descriptors: readonly number[];
  /** Of the configuration: how many came before it. */
  readonly generation: number;
}

export interface SeatGiver {
  /** Null when there is none to be had. */
  give(): Seat | null;
  takeBack(seat: Seat): void;
}

export interface Employer {
  readonly events: WorkerEvents;
  readonly seats: SeatGiver;
}

export class WorkerProcess {
  /** Its place in the shared memory, while it lives and has one. */
  seat: Seat | null = null;
  /** Null while it waits for somebody to need it. */
  #employer: Employer | null = null;
  readonly #calls: Posix;
  readonly #child: Bun.Subprocess;
  readonly #descriptors: number;
  /** Where others put connections for it, and tell it so. */
  readonly #mailbox: readonly [box: number, bell: number];
  readonly #channel: Promise<Channel>;
  readonly #startedMs = refreshClock();
  /** The parts of the configuration that it was told of last. */
  #held: ReadonlySet<number> = new Set();
  readonly exited: Promise<void>;
  hasExited = false;

  constructor(calls: Posix, command: readonly string[]) {
    this.#calls = calls;
    const [control, theirControl] = descriptorPair(calls, SOCK_STREAM);
    const [descriptors, theirDescriptors] = descriptorPair(calls);
    this.#descriptors = descriptors;
    const [box, theirBox] = descriptorPair(calls);
    const [bell, theirBell] = descriptorPair(calls, SOCK_STREAM);
    this.#mailbox = [box, bell];
    const theirs = [theirControl, theirDescriptors, theirBox, theirBell];
    // The types allow numbers in the first three places only; the runtime in all.
    this.#child = Bun.spawn([...command], { stdio: ["ignore", "inherit", "inherit", ...theirs] as never });
    for (const each of theirs) calls.close(each);
    this.#channel = Channel.over(control, this.#handler(), CLONE);
    this.exited = this.#child.exited.then(() => this.#ended());
  }

  /** Says who is told what becomes of it, and who gives it a place. */
  employ(employer: Employer): this {
    this.#employer = employer;
    return this;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves once it serves as it was told, or cannot, with why. */
  async serve({ parcel, request, descriptors }: ServingOrder): Promise<readonly StartFailure[]> {
    const channel = await this.#channel;
    const sent = this.#send(descriptors);
    if (!sent.ok) return [startFailure(`its listening sockets cannot be passed (${sent.error})`)];
    channel.forward(parcel.framesFor(this.#held));
    this.#held = parcel.ids;
    const answer = await channel.request(this.#seated(request), SERVING_MS);
    if (!answer.ok) return [startFailure(FAILURES[answer.error])];
    return isServingAnswer(answer.value) ? answer.value.failures : [startFailure("it answered nonsense")];
  }

  /** Resolves once it hands connections to these alone, and accepts on these sockets beside its own. */
  async meet(peers: readonly WorkerProcess[], covers: Grants): Promise<void> {
    const channel = await this.#channel;
    const seated = peers.filter(({ seat }) => seat !== null);
    const known = seated.map(({ seat, pid }) => ({ seat: seat!.slot, pid }));
    const sent = this.#send([...seated.flatMap((peer) => peer.#mailbox), ...covers.descriptors]);
    const request: PeersRequest = { type: "peers", peers: known, covers: covers.listeners };
    if (sent.ok) await channel.request(request, MEET_MS);
  }

  /** Null when it does not answer soon. */
  async ask(question: WorkerQuestion): Promise<unknown> {
    const channel = await this.#channel;
    const answer = await channel.request({ type: "ask", question }, ASK_MS);
    return answer.ok ? answer.value : null;
  }

  /** Resolves once it accepts nothing new; it ends later. */
  async drain(deadlineMs: number): Promise<void> {
    const channel = await this.#channel;
    await channel.request({ type: "drain", deadlineMs }, DRAIN_BEGUN_MS);
  }

  /** What it needs to know and not to answer. */
  tell(event: SupervisorEvent): void {
    this.#channel.then((channel) => channel.send(event));
  }

  /** At once, but with a word to clients; a worker that cannot even do that is killed. */
  stop(): void {
    const event: SupervisorEvent = { type: "stop" };
    this.#channel.then((channel) => channel.send(event));
    const timer = setTimeout(() => this.kill(), STOP_MS);
    this.exited.then(() => clearTimeout(timer));
  }

  kill(): void {
    if (!this.hasExited) this.#child.kill("SIGKILL");
  }

  #seated(request: StartRequest | ReloadRequest): StartRequest | ReloadRequest {
    if (request.type === "reload" || this.hasExited) return request;
    this.seat = this.#employer!.seats.give();
    return { ...request, seat: this.seat };
  }

  #send(descriptors: readonly number[]): Result<null, string> {
    for (let from = 0; from < descriptors.length; from += MOST_DESCRIPTORS) {
      const part = descriptors.slice(from, from + MOST_DESCRIPTORS);
      const sent = sendDescriptors(this.#calls, this.#descriptors, part);
      if (!sent.ok) return sent;
    }
    return ok(null);
  }

  #handler(): ChannelHandler {
    return {
      onEvent: (value) => {
        if (isWorkerEvent(value)) this.#employer?.events.onLeaving(this);
        else this.#distrust("event");
      },
      onRequest: async () => {
        this.#distrust("request");
        return null;
      },
      // Its end is told by `exited`; a worker without a channel is of no use.
      onClose: (fault: FrameFault | null) => {
        if (fault !== null) this.#distrust(fault);
        else setTimeout(() => this.kill(), CLOSED_MS).unref();
      },
    };
  }

  #distrust(fault: string): void {
    this.#employer?.events.onNonsense(this, fault);
    this.kill();
  }

  #ended(): void {
    this.hasExited = true;
    if (this.seat !== null) this.#employer?.seats.takeBack(this.seat);
    this.seat = null;
    for (const each of [this.#descriptors, ...this.#mailbox]) this.#calls.close(each);
    this.#channel.then((channel) => channel.close());
    const { exitCode, signalCode } = this.#child;
    this.#employer?.events.onExit(this, {
      code: exitCode,
      signal: signalCode === null ? null : String(signalCode),
      livedMs: Math.round(refreshClock() - this.#startedMs),
    });
  }
}

function startFailure(reason: string): StartFailure {
  return { code: "worker.failed", message: `a worker cannot serve: ${reason}`, listener: null, origin: null };
}

const FAILURES = { closed: "it ended", late: "it did not get ready in time" } as const;
/** Names that do not resolve hold a start up for three seconds; a large configuration takes its time as well. */
const SERVING_MS = 60_000;
const DRAIN_BEGUN_MS = 5_000;
/** A worker whose event loop stands still must not hold up what is told of the others. */
const ASK_MS = 2_000;
const MEET_MS = 1_000;
const STOP_MS = 1_000;
/** Between the end of the channel and that of the process lies the flush of the log. */
const CLOSED_MS = 2_000;
