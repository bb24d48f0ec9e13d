/**
 * A breaker on a share of errors. Closed, it counts; when too many of enough requests have failed it opens, and nothing
 * is sent. After a while it is half open: a few requests at a time, and only when so many in a row have succeeded does
 * it close. One that fails opens it again.
 *
 * It is one for all workers: each tells what it has counted and what it has concluded, and the latest conclusion holds.
 */
import type { JointCells } from "../../base/joint-cells.ts";
import type { CircuitPlaces } from "../../observe/metrics/joint-places.ts";

export interface CircuitSettings {
  /** From 0 to 1. */
  readonly errorShare: number;
  /** Of fewer requests in a window nothing is concluded. */
  readonly minRequests: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** At once while half open, and successes until it closes. */
  readonly probes: number;
  /** Of answers that are failures. */
  readonly statuses: readonly number[];
}

export type CircuitState = (typeof STATES)[number];

export class Circuit {
  state: CircuitState = "closed";
  /** When something is to be done about it; `Infinity`: never. */
  deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly settings: CircuitSettings;
  readonly #places: CircuitPlaces;
  #joint: JointCells | null = null;
  #good = 0;
  #bad = 0;
  #windowEndsMs = 0;
  #probesGood = 0;
  /** When it came to be in this state, in microseconds of everybody's time; 0: it was never in another. */
  #sinceUs = 0;

  constructor(settings: CircuitSettings, places: CircuitPlaces) {
    this.settings = settings;
    this.#places = places;
  }

  /** Null: there are no other workers. */
  join(joint: JointCells | null): void {
    if (joint === this.#joint) return;
    const shiftMs = (joint?.epochMs ?? 0) - (this.#joint?.epochMs ?? 0);
    if (this.#sinceUs !== 0) this.#sinceUs += Math.round(shiftMs * 1000);
    this.leave();
    this.#joint = joint;
    this.#tell();
  }

  /** It is not used any more. */
  leave(): void {
    for (const cell of Object.values(this.#places)) this.#joint?.put(cell, 0);
    this.#joint = null;
  }

  /** A request has ended. @returns whether that changed the state */
  note(isGood: boolean, nowMs: number): boolean {
    switch (this.state) {
      case "closed":
        this.#count(isGood, nowMs);
        return this.#isTooBad(nowMs) && this.#enter("open", nowMs);
      case "half open":
        if (!isGood) return this.#enter("open", nowMs);
        return this.#countProbe() >= this.settings.probes && this.#enter("closed", nowMs);
      case "open":
        // Begun before it opened.
        return false;
    }
  }

  /** The deadline has passed. @returns whether that changed the state */
  tick(nowMs: number): boolean {
    if (this.state !== "open" || nowMs < this.deadlineMs) return false;
    // Not when we looked: whoever had it open has it half open since the same moment.
    this.#stand("half open", this.#sinceUs + Math.round(this.settings.openMs * 1000));
    return true;
  }

  /** What others have concluded later than we. @returns whether that changed the state */
  adopt(): boolean {
    if (this.#joint === null) return false;
    const latest = Math.max(0, ...this.#joint.ofOthers(this.#places.verdict));
    if (latest <= this.#verdict) return false;
    this.#stand(STATES[latest % STATES.length]!, Math.floor(latest / STATES.length));
    return true;
  }

  #count(isGood: boolean, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + this.settings.windowMs;
      this.#good = this.#bad = 0;
    }
    if (isGood) this.#good++;
    else this.#bad++;
    this.#tell();
  }

  /** If it is too bad in all, then with one of the workers at least: only that one looks at the others. */
  #isTooBad(nowMs: number): boolean {
    const { minRequests, errorShare } = this.settings;
    let [good, bad] = [this.#good, this.#bad];
    if (bad < (good + bad) * errorShare) return false;
    const joint = this.#joint;
    for (const place of joint?.others() ?? []) {
      if (joint!.at(place, this.#places.windowEnds) <= nowMs + joint!.epochMs) continue;
      good += joint!.at(place, this.#places.good);
      bad += joint!.at(place, this.#places.bad);
    }
    return good + bad >= minRequests && bad >= (good + bad) * errorShare;
  }

  /** @returns how many have succeeded since it is half open */
  #countProbe(): number {
    this.#probesGood++;
    this.#tell();
    let probes = this.#probesGood;
    const joint = this.#joint;
    for (const place of joint?.others() ?? []) {
      if (joint!.at(place, this.#places.verdict) !== this.#verdict) continue;
      probes += joint!.at(place, this.#places.probesGood);
    }
    return probes;
  }

  #enter(state: CircuitState, nowMs: number): true {
    const nowUs = Math.floor((nowMs + (this.#joint?.epochMs ?? 0)) * 1000);
    // Later than what it follows, also when both come in the same turn of the loop.
    this.#stand(state, this.#sinceUs === 0 ? nowUs : Math.max(nowUs, this.#sinceUs + 1));
    return true;
  }

  #stand(state: CircuitState, sinceUs: number): void {
    this.state = state;
    this.#sinceUs = sinceUs;
    const sinceMs = sinceUs / 1000 - (this.#joint?.epochMs ?? 0);
    this.deadlineMs = state === "open" ? sinceMs + this.settings.openMs : Number.POSITIVE_INFINITY;
    this.#good = this.#bad = this.#probesGood = 0;
    this.#windowEndsMs = 0;
    this.#tell();
  }

  /** One cell, so that nobody reads the one half of it without the other. */
  get #verdict(): number {
    return this.#sinceUs * STATES.length + STATES.indexOf(this.state);
  }

  /** The verdict last: who reads it finds the counts that belong to it. */
  #tell(): void {
    const joint = this.#joint;
    if (joint === null) return;
    const { verdict, windowEnds, good, bad, probesGood } = this.#places;
    joint.put(windowEnds, this.#windowEndsMs + joint.epochMs);
    joint.put(good, this.#good);
    joint.put(bad, this.#bad);
    joint.put(probesGood, this.#probesGood);
    joint.put(verdict, this.#verdict);
  }
}

/** Of two that were entered at the same moment the later in this row holds. */
const STATES = ["closed", "half open", "open"] as const;
