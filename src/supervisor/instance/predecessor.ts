/** A process that holds listening sockets of this instance and is to be relieved of them. */
import { unlinkSync } from "node:fs";
import { connect } from "../../io/connect.ts";
import { receiveDescriptors } from "../../io/descriptor-passing.ts";
import type { ListeningSet } from "../../io/listening-descriptor.ts";
import { AF_UNIX, type Posix, SOCK_FLAGS, SOCK_SEQPACKET } from "../../io/posix.ts";
import { unixName } from "../../io/socket-name.ts";
import type { TargetKey } from "../../runtime/start.ts";
import { Channel } from "../channel/channel.ts";
import { JSON_TEXT } from "../channel/frames.ts";
import { type HandoverRequest, isTakeOverAnswer, type TakeOverAnswer } from "./handover.ts";

export class Predecessor {
  readonly role: TakeOverAnswer["role"];
  readonly pid: number;
  /** Copies, which belong to whoever asks for them here. By `listenerKey`. */
  readonly sets: ReadonlyMap<string, ListeningSet>;
  /** Targets that were taken out by hand. */
  readonly drained: readonly TargetKey[];
  /** Resolves once the process has ended. */
  readonly gone: Promise<void>;
  readonly #channel: Channel;

  private constructor(
    channel: Channel,
    gone: Promise<void>,
    answer: TakeOverAnswer,
    descriptors: readonly number[],
  ) {
    this.#channel = channel;
    this.gone = gone;
    this.role = answer.role;
    this.pid = answer.pid;
    this.drained = answer.drained;
    const rest = [...descriptors];
    this.sets = new Map(
      answer.sets.map(({ key, address, count, lent = false }) => {
        return [key, { address, lent, descriptors: rest.splice(0, count) }];
      }),
    );
  }

  /** Null when nobody is behind the socket, which is then removed, or nobody who answers. */
  static async meet(calls: Posix, talkPath: string): Promise<Predecessor | null> {
    const gone = Promise.withResolvers<void>();
    const channel = await channelTo(talkPath, gone.resolve);
    if (channel === null) return null;
    const socket = connectForMessages(calls, talkPath.replace(/\.sock$/, ".fds"));
    const request: HandoverRequest = { type: "takeOver" };
    const answer = await channel.request(request, PATIENCE_MS);
    const descriptors = socket === null ? [] : receiveAll(calls, socket);
    if (answer.ok && isTakeOverAnswer(answer.value)) {
      return new Predecessor(channel, gone.promise, answer.value, descriptors);
    }
    for (const each of descriptors) calls.close(each);
    channel.close();
    return null;
  }

  async releaseAdmin(): Promise<void> {
    await this.#ask({ type: "releaseAdmin" });
  }

  /** Resolves once it accepts nothing new; it ends later. */
  async drain(deadlineMs: number): Promise<void> {
    await this.#ask({ type: "drain", deadlineMs, successor: process.pid });
  }

  /** It goes on as before. */
  leave(): void {
    this.#channel.close();
  }

  /** As `leave`, when its sockets are of no use either. */
  dismiss(calls: Posix): void {
    this.leave();
    for (const { descriptors } of this.sets.values()) for (const each of descriptors) calls.close(each);
  }

  async #ask(request: HandoverRequest): Promise<void> {
    await this.#channel.request(request, PATIENCE_MS);
  }
}

function channelTo(path: string, onGone: () => void): Promise<Channel | null> {
  const { promise, resolve } = Promise.withResolvers<Channel | null>();
  const handler = { onEvent() {}, onRequest: async () => null, onClose: onGone };
  const channel = new Channel(handler, JSON_TEXT);
  connect(
    { kind: "unix", path },
    {
      onConnect(connection) {
        resolve(channel);
        return channel.serve(connection);
      },
      onConnectFailure(cause) {
        if (cause === "ECONNREFUSED") removeStale(path);
        resolve(null);
      },
    },
  );
  return promise;
}

function connectForMessages(calls: Posix, path: string): number | null {
  const name = unixName(path);
  const socket = calls.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_FLAGS, 0);
  if (name !== null && calls.connect(socket, name, name.length) === 0) return socket;
  calls.close(socket);
  return null;
}

function receiveAll(calls: Posix, socket: number): number[] {
  const all: number[] = [];
  for (
    let next = receiveDescriptors(calls, socket);
    next !== null;
    next = receiveDescriptors(calls, socket)
  ) {
    all.push(...next.descriptors);
  }
  calls.close(socket);
  return all;
}

/** Left behind by a process that was killed. */
function removeStale(path: string): void {
  for (const each of [path, path.replace(/\.sock$/, ".fds")]) {
    try {
      unlinkSync(each);
    } catch {
      // Another has removed it.
    }
  }
}

/** A process that hangs is not waited for. */
const PATIENCE_MS = 5_000;
