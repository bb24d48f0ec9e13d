/**
 * Hears how every request of an upstream ended, and lets outlier detection, circuits and adaptive limits draw their
 * conclusions. When one of them changes its mind, the upstream works out shares anew.
 */
import type { JointCells } from "../../base/joint-cells.ts";
import { JOINT_TARGET, JOINT_UPSTREAM } from "../../observe/metrics/joint-places.ts";
import { AdaptiveLimit } from "./adaptive-limit.ts";
import { Circuit, type CircuitSettings } from "./circuit.ts";
import { tellEjection } from "./joint-evidence.ts";
import { type Judged, type OutlierSettings, Outliers } from "./outliers.ts";

export interface JudgeSettings {
  /** Null: nobody is ejected. */
  readonly outliers: OutlierSettings | null;
  /** Null: there is none, neither of a target nor of the upstream. */
  readonly circuit: CircuitSettings | null;
  readonly adaptive: boolean;
}

export interface JudgedTarget extends Judged {
  readonly active: number;
}

export class Judge<T extends JudgedTarget> {
  /** Of the upstream as a whole. */
  readonly circuit: Circuit | null;
  readonly #settings: JudgeSettings;
  readonly #outliers: Outliers | null;
  readonly #onChange: () => void;
  #targets: readonly T[] = [];

  /**
   * @param joint the upstream's; each target's is in its health
   * @param onChange whenever something that was seen here has put somebody in or out
   */
  constructor(settings: JudgeSettings, joint: JointCells | null, onChange: () => void) {
    this.#settings = settings;
    this.#outliers = settings.outliers === null ? null : new Outliers(settings.outliers);
    this.circuit = settings.circuit === null ? null : new Circuit(settings.circuit, JOINT_UPSTREAM.circuit);
    this.circuit?.join(joint);
    this.#onChange = onChange;
  }

  join(joint: JointCells | null): void {
    this.circuit?.join(joint);
  }

  /** Another takes its place. */
  leave(): void {
    this.circuit?.leave();
  }

  /** What other workers have concluded. @returns whether anybody is in or out for it */
  adopt(nowMs: number): boolean {
    let changed = this.#outliers?.adopt(nowMs) === true;
    if (this.circuit === null) return changed;
    changed = this.circuit.adopt() || changed;
    for (const { health } of this.#targets) changed = health.circuit!.adopt() || changed;
    return changed;
  }

  update(targets: readonly T[]): void {
    const { circuit, adaptive } = this.#settings;
    this.#targets = targets;
    this.#outliers?.update(targets);
    for (const { health } of targets) {
      if (this.#outliers === null && health.ejectedUntilMs > 0) {
        health.ejectedUntilMs = 0;
        tellEjection(health);
      }
      if (health.circuit !== null && health.circuit.settings !== circuit) {
        health.circuit.leave();
        health.circuit = null;
      }
      if (circuit !== null) health.circuit ??= new Circuit(circuit, JOINT_TARGET.circuit);
      health.circuit?.join(health.joint);
      health.adaptive = adaptive ? (health.adaptive ?? new AdaptiveLimit()) : null;
    }
  }

  get deadlineMs(): number {
    const outliersMs = this.#outliers?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (this.circuit === null) return outliersMs;
    let deadlineMs = Math.min(outliersMs, this.circuit.deadlineMs);
    for (const { health } of this.#targets) deadlineMs = Math.min(deadlineMs, health.circuit!.deadlineMs);
    return deadlineMs;
  }

  /** Whether there is a deadline now that there was none of before; told once. */
  takeBegunWindow(): boolean {
    if (this.#outliers?.hasBegunWindow !== true) return false;
    this.#outliers.hasBegunWindow = false;
    return true;
  }

  /** @param status 0 for a tunnel, which has none */
  answered(target: T, status: number, latencyMs: number, nowMs: number): void {
    const { outliers, circuit } = this.#settings;
    const isOdd = outliers?.statuses.includes(status) === true;
    const isBad = circuit?.statuses.includes(status) === true;
    if (isOdd || isBad) target.health.adaptive?.failed();
    else target.health.adaptive?.answered(latencyMs, target.active);
    const isEjected = isOdd && this.#outliers!.failed(target, nowMs);
    if (!isOdd) this.#outliers?.succeeded(target, latencyMs, nowMs);
    if (this.#noteCircuits(target, !isBad, nowMs) || isEjected) this.#onChange();
  }

  failed(target: T, nowMs: number): void {
    target.health.adaptive?.failed();
    const isEjected = this.#outliers?.failed(target, nowMs) === true;
    if (this.#noteCircuits(target, false, nowMs) || isEjected) this.#onChange();
  }

  /** Some deadline has passed. @returns whether anybody is in or out for it */
  tick(nowMs: number): boolean {
    let changed = this.#outliers?.tick(nowMs) === true;
    if (this.circuit === null) return changed;
    changed = this.circuit.tick(nowMs) || changed;
    for (const { health } of this.#targets) changed = health.circuit!.tick(nowMs) || changed;
    return changed;
  }

  #noteCircuits({ health }: T, isGood: boolean, nowMs: number): boolean {
    if (this.circuit === null) return false;
    const whole = this.circuit.note(isGood, nowMs);
    return health.circuit!.note(isGood, nowMs) || whole;
  }
}
