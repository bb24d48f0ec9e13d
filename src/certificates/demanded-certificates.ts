/**
 * Certificates that are obtained once somebody asks for them, as one listener serves them: read when a client asks, kept
 * for the next, looked at again now and then. Who asks for one that is not there yet is refused, and it is wished for.
 */
import { readFileSync, statSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { OnDemandServing } from "../config/model.ts";
import { certificatePlace, wishesPlace } from "../config/values/acme-places.ts";
import type { ServedCertificate } from "../downstream/entrance-snapshot.ts";
import { createTlsContext, type TlsContextOptions } from "../io/tls-context.ts";
import { WishWriter } from "../io/wish-files.ts";
import { coversHost } from "../protocol/tls/certificate-choice.ts";
import { digest } from "./context-cache.ts";
import { hostRule } from "./host-rule.ts";
import { readPair } from "./read-pair.ts";

export type SharedOptions = Omit<TlsContextOptions, "cert" | "key">;

interface Known {
  readonly served: ServedCertificate | null;
  readonly endsMs: number;
  /** Of its file. */
  readonly signature: string;
  lookedMs: number;
}

export class DemandedCertificates {
  readonly serving: OnDemandServing;
  readonly #clock: Clock;
  #shared: SharedOptions | null = null;
  readonly #wishes: WishWriter;
  /** Whether one may be obtained for this name, or was. */
  readonly allows: (name: string) => boolean;
  /** The one that was asked for last comes last. */
  readonly #known = new Map<string, Known>();

  constructor(serving: OnDemandServing, clock: Clock) {
    this.serving = serving;
    this.#clock = clock;
    this.#wishes = new WishWriter(wishesPlace(serving.home), clock);
    this.allows = hostRule(serving.hosts);
  }

  /** Null when it is not there, or past. */
  of(name: string): ServedCertificate | null {
    const known = this.#current(name, this.#clock.nowMs());
    if (known?.served != null && known.endsMs > this.#clock.wallMs()) return known.served;
    this.#wishes.write(name);
    return null;
  }

  /** @param shared what goes into contexts beside the certificate; those made with something else are let go */
  suit(shared: SharedOptions): void {
    if (this.#shared !== null && digest(shared) !== digest(this.#shared)) this.#known.clear();
    this.#shared = shared;
  }

  #current(name: string, nowMs: number): Known | null {
    const known = this.#known.get(name);
    if (known !== undefined && nowMs - known.lookedMs < LOOK_EVERY_MS) return known;
    const file = certificatePlace(this.serving.home, name);
    const signature = signatureOf(file);
    this.#known.delete(name);
    // That there is none is not kept: clients could fill the memory with names, and to look again costs little.
    if (signature === null) return null;
    const fresh = known?.signature === signature ? known : this.#read(name, file, signature);
    fresh.lookedMs = nowMs;
    this.#keep(name, fresh);
    return fresh;
  }

  #read(name: string, file: string, signature: string): Known {
    const nothing = { served: null, endsMs: 0, signature, lookedMs: 0 };
    const text = textOf(file);
    if (text === null) return nothing;
    const pair = readPair(text, text, null);
    if (!pair.ok || this.#shared === null || !coversHost(pair.value.names, name)) return nothing;
    const { names, leaf, certPem, keyPem } = pair.value;
    const context = createTlsContext({ ...this.#shared, cert: certPem, key: keyPem });
    if (!context.ok) return nothing;
    return { ...nothing, served: { context: context.value, names }, endsMs: leaf.validToDate.getTime() };
  }

  #keep(name: string, known: Known): void {
    this.#known.set(name, known);
    if (this.#known.size <= MOST_KNOWN) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }
}

function signatureOf(file: string): string | null {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return null;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return null;
  }
}

const LOOK_EVERY_MS = 10_000;
/** Each holds some 20 KiB. */
const MOST_KNOWN = 2_000;
