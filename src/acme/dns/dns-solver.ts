/**
 * Names that are shown to be ours by a record in DNS (RFC 8555 section 8.4). What has been put there is written down
 * first, so that whoever comes after one that was killed takes it away.
 */
import type { AcmeDnsModel } from "../../config/model.ts";
import { pause } from "../../discovery/pause.ts";
import { refreshClock } from "../../io/real-clock.ts";
import type { AskedProof, Solver } from "../solver.ts";
import type { AcmeStorage } from "../storage.ts";
import { createHook, type DnsHook, type DnsRecord } from "./dns-hook.ts";
import { type PropagationTools, untilSeen } from "./propagation.ts";
import { NameServerLookup } from "./record-lookup.ts";

export type RecordNotes = Pick<AcmeStorage, "notedRecord" | "noteRecord">;

export class DnsSolver implements Solver {
  readonly kind = "dns-01";
  readonly #hook: DnsHook;
  readonly #seen: AcmeDnsModel["seen"];
  readonly #notes: RecordNotes;
  readonly #tools: PropagationTools;

  constructor(hook: DnsHook, seen: AcmeDnsModel["seen"], notes: RecordNotes, tools: PropagationTools) {
    this.#hook = hook;
    this.#seen = seen;
    this.#notes = notes;
    this.#tools = tools;
  }

  async present(asked: AskedProof): Promise<void> {
    await this.#sweep();
    const record = recordOf(asked);
    await this.#notes.noteRecord(JSON.stringify(record));
    await this.#hook.call("present", record);
    await untilSeen(record, this.#seen, this.#tools);
  }

  /** When it fails, the next one tries again. */
  async remove(asked: AskedProof): Promise<void> {
    await this.#hook.call("cleanup", recordOf(asked));
    await this.#notes.noteRecord(null);
  }

  /** It may be gone long since, and then it is no matter that this fails. */
  async #sweep(): Promise<void> {
    const left = readNote(await this.#notes.notedRecord());
    if (left !== null) await this.#hook.call("cleanup", left).catch(() => {});
  }
}

export function createDnsSolver(model: AcmeDnsModel, notes: RecordNotes): DnsSolver {
  const { signal } = new AbortController();
  return new DnsSolver(createHook(model), model.seen, notes, {
    lookup: new NameServerLookup(model.resolvers),
    nowMs: refreshClock,
    pause: (ms) => pause(ms, signal),
  });
}

function recordOf({ name, answer }: AskedProof): DnsRecord {
  return { record: `_acme-challenge.${name}`, value: answer };
}

/** Null for what is none: the storage is ours, but others may write there. */
function readNote(text: string | null): DnsRecord | null {
  try {
    const { record, value } = JSON.parse(text ?? "null") ?? {};
    return RECORD.test(record) && VALUE.test(value) ? { record, value } : null;
  } catch {
    return null;
  }
}

const RECORD = /^_acme-challenge(?:\.[a-z0-9_-]+)+$/;
const VALUE = /^[A-Za-z0-9_-]{43}$/;
