/**
 * What passes between a supervisor and whoever held its listening sockets before: an old supervisor, or workers whose
 * supervisor is gone. The two may be of different builds, so it is JSON and says little.
 */
import type { ListenAddress } from "../../io/listen.ts";
import type { TargetKey } from "../../runtime/start.ts";

export type HandoverRequest =
  /** Send copies of the listening sockets. Nothing else changes. */
  | { readonly type: "takeOver" }
  /** Close the admin address, so that another may open it. */
  | { readonly type: "releaseAdmin" }
  /** Another accepts now: accept nothing new, let finish what is under way, end. Answered once nothing new is accepted. */
  | { readonly type: "drain"; readonly deadlineMs: number; readonly successor: number };

export interface TakeOverAnswer {
  readonly role: "supervisor" | "worker";
  readonly pid: number;
  /** Their descriptors are in the socket beside, in this order. */
  readonly sets: readonly OfferedSet[];
  /** Targets that were taken out by hand. */
  readonly drained: readonly TargetKey[];
}

export interface OfferedSet {
  /** `listenerKey` */
  readonly key: string;
  readonly address: ListenAddress;
  readonly count: number;
  readonly lent?: boolean;
}

/** The two sockets of a process in the directory of its instance. */
export function handoverPaths(directory: string, role: TakeOverAnswer["role"], pid: number) {
  const base = `${directory}/${role === "supervisor" ? "s" : "w"}${pid}`;
  return { talk: `${base}.sock`, descriptors: `${base}.fds` };
}

/** `s123.sock` */
export function isHandoverName(name: string): boolean {
  return /^[sw]\d+\.sock$/.test(name);
}

export function isHandoverRequest(value: unknown): value is HandoverRequest {
  return typeof value === "object" && value !== null && "type" in value && TYPES.has(value.type);
}

export function isTakeOverAnswer(value: unknown): value is TakeOverAnswer {
  return typeof value === "object" && value !== null && "sets" in value && Array.isArray(value.sets);
}

const TYPES: ReadonlySet<unknown> = new Set(["takeOver", "releaseAdmin", "drain"]);
