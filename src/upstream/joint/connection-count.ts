/**
 * The connections of one pool, or of the tunnels to one target, and whether there may be one more: the limits are the
 * target's, over all workers.
 */
import type { JointCells } from "../../base/joint-cells.ts";
import type { ErrorCode } from "../../base/proxy-error.ts";
import { JOINT_TARGET } from "../../observe/metrics/joint-places.ts";

export interface ConnectionLimits {
  readonly connections: number;
  readonly pendingConnects: number;
}

export class ConnectionCount {
  /** Busy, idle and being made. */
  total = 0;
  connecting = 0;
  #joint: JointCells | null = null;

  /** Null: there are no other workers. */
  use(joint: JointCells | null): void {
    if (joint === this.#joint) return;
    const { total, connecting } = this;
    this.#add(-total, -connecting);
    this.#joint = joint;
    this.#add(total, connecting);
  }

  /** One more is about to be made, or why not. Counted before the others are: see `JointCount.claim`. */
  begin({ connections, pendingConnects }: ConnectionLimits): ErrorCode | null {
    if (this.total >= connections) return "limit.target_connections";
    if (this.connecting >= pendingConnects) return "limit.pending_connects";
    this.#add(1, 1);
    const refusal = this.#isOver(connections, pendingConnects);
    if (refusal !== null) this.#add(-1, -1);
    return refusal;
  }

  /** One that somebody else has begun. */
  begun(): void {
    this.#add(1, 1);
  }

  /** One that was begun is there. */
  made(): void {
    this.#add(0, -1);
  }

  /** One that was begun will not be. */
  failed(): void {
    this.#add(-1, -1);
  }

  /** One that somebody else has begun and made. */
  adopted(): void {
    this.#add(1, 0);
  }

  gone(): void {
    this.#add(-1, 0);
  }

  /**
   * Whether one more may stay for later beside `idle` others. Nobody asks another worker to part with one, so none keeps
   * more than its part of what the target bears: none at all where there is not one for each.
   */
  mayKeep(idle: number, { connections }: ConnectionLimits): boolean {
    if (this.#joint === null || idle < Math.floor(connections / MANY_PROCESSES)) return true;
    return idle < Math.floor(connections / this.#joint.processes);
  }

  #isOver(connections: number, pendingConnects: number): ErrorCode | null {
    if (this.#joint === null) return null;
    if (this.#joint.counted(JOINT_TARGET.connections) > connections) return "limit.target_connections";
    return this.#joint.counted(JOINT_TARGET.connecting) > pendingConnects ? "limit.pending_connects" : null;
  }

  #add(total: number, connecting: number): void {
    this.total += total;
    this.connecting += connecting;
    if (this.#joint === null) return;
    if (total !== 0) this.#joint.count(JOINT_TARGET.connections, total);
    if (connecting !== 0) this.#joint.count(JOINT_TARGET.connecting, connecting);
  }
}

/** Below its part of so many nobody need count them. */
const MANY_PROCESSES = 1_024;
