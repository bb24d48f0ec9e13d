/**
 * Certificates that are obtained once somebody asks for them. Clients choose the names, so everything is bounded: what is
 * taken at once, what is asked at once, new names in an hour, names in all, what is remembered of those that were
 * refused. Never open: a name is allowed by the hosts of the rule, by whoever is to be asked, or by both.
 */
import type { OnDemandModel } from "../config/model.ts";
import type { Allowed } from "./ask-allowed.ts";

export interface DemandTools {
  /** Names that clients have asked for since, at most so many. */
  readonly take: (most: number) => readonly string[];
  readonly isNamed: (name: string) => boolean;
  readonly ask: (name: string) => Promise<Allowed>;
  readonly log: (event: object) => void;
  readonly wallMs: () => number;
  /** Whether the time passed without `stop`. */
  readonly pause: (ms: number) => Promise<boolean>;
  /** What was obtained this way, by any process, is known after a restart. */
  readonly list: DemandList;
}

export interface DemandList {
  demanded(): Promise<readonly string[]>;
  putDemanded(names: readonly string[]): Promise<void>;
}

/** Who sees to the names that are let in. */
export interface DemandKeeper {
  /** False when it is seen to already. */
  demand(name: string): boolean;
  readonly demandedCount: number;
  /** Of those, without a certificate yet. */
  readonly pendingCount: number;
}

export class Demand {
  readonly #rule: OnDemandModel;
  readonly #tools: DemandTools;
  /** Not to be looked at before; the one that was refused last comes last. */
  readonly #refused = new Map<string, number>();
  #left: number;
  #countedMs: number;
  /** By event. */
  readonly #toldMs = new Map<string, number>();

  constructor(rule: OnDemandModel, tools: DemandTools) {
    this.#rule = rule;
    this.#tools = tools;
    this.#left = rule.perHour;
    this.#countedMs = tools.wallMs();
  }

  /** Until `pause` says that it is over. */
  async run(keeper: DemandKeeper): Promise<void> {
    await this.#remember(keeper);
    while (await this.#tools.pause(LOOK_EVERY_MS)) {
      // A directory that cannot be read is told of once in a while, and looked at again.
      await this.look(keeper).catch((error: Error) =>
        this.#tellOnce("certificate_storage_fails", { message: error.message }),
      );
    }
  }

  async look(keeper: DemandKeeper): Promise<void> {
    const names = this.#tools.take(MOST_AT_ONCE).filter((name) => this.#isWorthAsking(name));
    const refused: string[] = [];
    for (let from = 0; from < names.length; from += ASKED_AT_ONCE) {
      const group = names.slice(from, from + ASKED_AT_ONCE);
      const answers = await Promise.all(group.map((name) => this.#allowed(name)));
      for (const [index, name] of group.entries()) {
        if (answers[index] === "yes") this.#admit(name, keeper);
        else if (this.#refuse(name, answers[index] === "no" ? REFUSED_MS : UNKNOWN_MS)) refused.push(name);
      }
    }
    if (refused.length === 0) return;
    const { log } = this.#tools;
    log({
      level: "warn",
      event: "certificates_not_allowed",
      names: refused.slice(0, 5),
      count: refused.length,
    });
  }

  /** Whether one that was allowed still is; somebody who does not answer takes nothing away. */
  async mayRenew(name: string): Promise<boolean> {
    return this.#tools.isNamed(name) && (await this.#allowed(name)) !== "no";
  }

  /** Called with the lock of the storage. */
  async obtained(name: string): Promise<void> {
    const names = await this.#tools.list.demanded();
    if (!names.includes(name)) await this.#tools.list.putDemanded([...names, name]);
  }

  /** The same. */
  async dropped(name: string): Promise<void> {
    this.#refuse(name, REFUSED_MS);
    const names = await this.#tools.list.demanded();
    if (names.includes(name)) await this.#tools.list.putDemanded(names.filter((each) => each !== name));
  }

  /** It could not be had; whoever asks for it before is told nothing new. */
  failed(name: string, waitMs: number): void {
    this.#refuse(name, Math.max(waitMs, FAILED_MS));
  }

  async #remember(keeper: DemandKeeper): Promise<void> {
    const { list, isNamed, log } = this.#tools;
    try {
      for (const name of (await list.demanded()).slice(0, this.#rule.names)) {
        if (isNamed(name)) keeper.demand(name);
      }
    } catch (error) {
      log({ level: "error", event: "certificate_storage_fails", message: (error as Error).message });
    }
  }

  #isWorthAsking(name: string): boolean {
    if (!this.#tools.isNamed(name)) return false;
    return (this.#refused.get(name) ?? 0) <= this.#tools.wallMs();
  }

  #allowed(name: string): Promise<Allowed> | "yes" {
    return this.#rule.ask === null ? "yes" : this.#tools.ask(name);
  }

  #admit(name: string, keeper: DemandKeeper): void {
    const limit = this.#limitFor(keeper);
    if (limit !== null) return this.#tellOnce("certificates_on_demand_full", { limit, name });
    this.#refused.delete(name);
    if (keeper.demand(name)) this.#left--;
  }

  /** Which one is reached, or null. Orders are placed one after the other, and others wait for theirs. */
  #limitFor(keeper: DemandKeeper): "names" | "pending" | "per_hour" | null {
    if (keeper.demandedCount >= this.#rule.names) return "names";
    if (keeper.pendingCount >= MOST_PENDING) return "pending";
    return this.#tokens() < 1 ? "per_hour" : null;
  }

  #tokens(): number {
    const nowMs = this.#tools.wallMs();
    const { perHour } = this.#rule;
    const earned = (Math.max(0, nowMs - this.#countedMs) / HOUR_MS) * perHour;
    this.#left = Math.min(perHour, this.#left + earned);
    this.#countedMs = nowMs;
    return this.#left;
  }

  #tellOnce(event: string, what: object): void {
    const { log, wallMs } = this.#tools;
    if (wallMs() - (this.#toldMs.get(event) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    this.#toldMs.set(event, wallMs());
    log({ level: "warn", event, ...what });
  }

  /** @returns whether it was not known to be refused */
  #refuse(name: string, forMs: number): boolean {
    const isNew = !this.#refused.delete(name);
    this.#refused.set(name, this.#tools.wallMs() + forMs);
    if (this.#refused.size > MOST_REFUSED) {
      const [oldest] = this.#refused.keys();
      this.#refused.delete(oldest!);
    }
    return isNew;
  }
}

const LOOK_EVERY_MS = 1_000;
const MOST_AT_ONCE = 100;
const ASKED_AT_ONCE = 4;
const MOST_PENDING = 20;
const MOST_REFUSED = 10_000;
const HOUR_MS = 3_600_000;
const TELL_EVERY_MS = 600_000;
/** Customers who have just been let in should not wait for long. */
const REFUSED_MS = 60_000;
const UNKNOWN_MS = 10_000;
/** Let's Encrypt allows five failures of one name in an hour. */
const FAILED_MS = 900_000;
