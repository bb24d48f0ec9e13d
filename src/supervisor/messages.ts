/**
 * What supervisor and workers say to each other. Both are of one build, so the types are the contract; what arrives
 * is looked at all the same before it is believed, since a worker that has gone wrong may say anything.
 */
import type { WorkerQuestion } from "../admin/distant-worker.ts";
import type { TargetModel } from "../config/model.ts";
import type { ListenAddress } from "../io/listen.ts";
import type { CheckNotice, StartFailure, TargetKey } from "../runtime/start.ts";
import type { ConfigurationPart } from "./configuration-parts.ts";
import type { Seat } from "./seats.ts";

/**
 * To serve the configuration whose parts were sent just before. So were the descriptors, in the order of the listeners.
 */
export interface StartRequest {
  readonly type: "start";
  readonly slot: number;
  readonly listeners: readonly ListenerGrant[];
  /** Taken out by hand. */
  readonly drained: readonly TargetKey[];
  /** How targets are by the checks. */
  readonly checked: readonly CheckNotice[];
  /**
   * Where a supervisor to come finds it. Null: there will be none, and it ends when the supervisor does; otherwise it
   * then serves on.
   */
  readonly directory: string | null;
  /** Its place in the shared memory; null when there is none. */
  readonly seat: Seat | null;
}

export interface ListenerGrant {
  readonly name: string;
  /** As bound. */
  readonly address: ListenAddress;
  /** How many of the descriptors are its own. */
  readonly count: number;
  readonly lent: boolean;
  /** The same in every worker. */
  readonly id: number;
}

/** To serve by the configuration whose parts were sent just before. Descriptors were sent for listeners whose address is new. */
export interface ReloadRequest {
  readonly type: "reload";
  readonly listeners: readonly ListenerGrant[];
  /** To get everything ready, and to change nothing before the word with this number comes: another worker tries it first. */
  readonly waitsFor: number | null;
}

/** For those that wait with a reload: whether it is to be. */
export interface WordEvent {
  readonly type: "word";
  readonly number: number;
  readonly go: boolean;
}

/** To a start or a reload. */
export interface ServingAnswer {
  /** Empty: it serves by that configuration. */
  readonly failures: readonly StartFailure[];
}

/** Accept nothing new, let finish what is under way, then end. Answered as soon as nothing new is accepted. */
export interface DrainRequest {
  readonly type: "drain";
  readonly deadlineMs: number;
}

/** For the admin address. */
export interface AskRequest {
  readonly type: "ask";
  readonly question: WorkerQuestion;
}

/**
 * Who else serves, in place of those known until now, so that connections can be handed on. The two descriptors of each
 * one's mailbox were sent just before, box and bell.
 */
export interface PeersRequest {
  readonly type: "peers";
  readonly peers: readonly { readonly seat: number; readonly pid: number }[];
  /** Further sockets to accept on, in place of those until now. Their descriptors follow those of the mailboxes. */
  readonly covers: readonly ListenerGrant[];
}

export type SupervisorRequest = StartRequest | ReloadRequest | DrainRequest | AskRequest | PeersRequest;

/** `stop`: end at once. `reopen`: the files of access logs have been renamed. */
export type SupervisorEvent =
  | { readonly type: "stop" }
  | { readonly type: "reopen" }
  | ConfigurationPart
  | WordEvent
  | CheckedEvent
  | TargetsEvent;

/** How targets are by the checks, which the supervisor makes for all. */
export interface CheckedEvent {
  readonly type: "checked";
  readonly notices: readonly CheckNotice[];
}

/** All targets that an upstream has from now on. */
export interface TargetsEvent {
  readonly type: "targets";
  readonly upstream: string;
  readonly targets: readonly TargetModel[];
}

/** `leaving`: somebody has asked this worker to end (SIGTERM), and another should take its place first. */
export type WorkerEvent = { readonly type: "leaving" };

export function isWorkerEvent(value: unknown): value is WorkerEvent {
  return hasType(value) && value.type === "leaving";
}

export function isServingAnswer(value: unknown): value is ServingAnswer {
  return typeof value === "object" && value !== null && "failures" in value && Array.isArray(value.failures);
}

export function isSupervisorEvent(value: unknown): value is SupervisorEvent {
  return hasType(value) && EVENTS.has(value.type);
}

export function isSupervisorRequest(value: unknown): value is SupervisorRequest {
  return hasType(value) && REQUESTS.has(value.type);
}

function hasType(value: unknown): value is { readonly type: unknown } {
  return typeof value === "object" && value !== null && "type" in value;
}

const EVENTS: ReadonlySet<unknown> = new Set([
  "stop",
  "reopen",
  "common",
  "routes",
  "upstreams",
  "word",
  "checked",
  "targets",
]);
const REQUESTS: ReadonlySet<unknown> = new Set(["start", "reload", "drain", "ask", "peers"]);
