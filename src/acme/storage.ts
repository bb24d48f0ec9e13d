/**
 * What must outlast the process: the account's key, certificates with their keys, and answers to challenges while they are
 * open. Of several instances that share it, one at a time asks for certificates.
 */
import { X509Certificate } from "node:crypto";
import { certificateKey, challengeKey } from "../config/values/acme-places.ts";
import type { Validity } from "./renewal-times.ts";
import type { Shelf } from "./shelf.ts";

export class AcmeStorage {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** Null when somebody else has it. */
  async lock(): Promise<AsyncDisposable | null> {
    const lock = await this.#shelf.lock();
    // Whoever had the lock and was killed has left its answers.
    if (lock !== null) await this.#shelf.removeGroup("challenges");
    return lock;
  }

  /** The key of the account, made when there is none. Call it with the lock. */
  async accountKey(make: () => Promise<string>): Promise<string> {
    const kept = await this.#shelf.get(ACCOUNT);
    if (kept !== null) return kept;
    const made = await make();
    await this.#shelf.put(ACCOUNT, made);
    return made;
  }

  /** Chain and key as they were put, or null. */
  certificate(name: string): Promise<string | null> {
    return this.#shelf.get(certificateKey(name));
  }

  /** Null when there is none, or what is there is damaged. */
  async validity(name: string): Promise<Validity | null> {
    const text = await this.certificate(name);
    if (text === null) return null;
    try {
      const { validFromDate, validToDate } = new X509Certificate(text);
      return { fromMs: validFromDate.getTime(), toMs: validToDate.getTime() };
    } catch {
      return null;
    }
  }

  putCertificate(name: string, chainAndKey: string): Promise<void> {
    return this.#shelf.put(certificateKey(name), chainAndKey);
  }

  /** When the authority may be asked for a name again, by what it has said to any instance; 0: at any time. */
  async heldUntilMs(name: string): Promise<number> {
    const holds = await this.#holds();
    return Math.max(holds.get(name) ?? 0, holds.get(EVERYTHING) ?? 0);
  }

  /** Call it with the lock. @param name null: for all */
  async hold(name: string | null, untilMs: number, nowMs: number): Promise<void> {
    const holds = await this.#holds();
    holds.set(name ?? EVERYTHING, untilMs);
    const open = [...holds].filter(([, ms]) => ms > nowMs);
    await this.#shelf.put(HOLDS, JSON.stringify(Object.fromEntries(open)));
  }

  async #holds(): Promise<Map<string, number>> {
    const kept = parsed(await this.#shelf.get(HOLDS));
    return new Map(Object.entries(kept ?? {}).filter(([, ms]) => Number.isFinite(ms)));
  }

  /** Names that were obtained because somebody asked for them. */
  async demanded(): Promise<string[]> {
    const kept = parsed(await this.#shelf.get(DEMANDED));
    return Array.isArray(kept) ? kept.filter((name) => typeof name === "string") : [];
  }

  /** Call it with the lock. */
  putDemanded(names: readonly string[]): Promise<void> {
    return this.#shelf.put(DEMANDED, JSON.stringify(names));
  }

  putChallenge(token: string, answer: string): Promise<void> {
    return this.#shelf.put(challengeKey(token), answer);
  }

  /** What was put into DNS and not taken away yet, or null. */
  notedRecord(): Promise<string | null> {
    return this.#shelf.get(RECORD);
  }

  noteRecord(record: string | null): Promise<void> {
    return record === null ? this.#shelf.remove(RECORD) : this.#shelf.put(RECORD, record);
  }

  removeChallenge(token: string): Promise<void> {
    return this.#shelf.remove(challengeKey(token));
  }
}

/** Half of a file that somebody has edited holds nobody up; a storage that cannot be read does. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

const DEMANDED = "on-demand.json";
const HOLDS = "holds.json";
/** No name of a host is this. */
const EVERYTHING = "*";
const RECORD = "dns-record.json";
const ACCOUNT = "account.pem";
