/**
 * The listeners of all documents. A port that two routes name is one listener, whatever the spelling and
 * whichever document; what its routes speak must agree, because a socket can be read in one way only.
 */
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { Address, ListenerModel } from "../model.ts";
import type { ListenReference } from "../schema/listener.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { formatAddress } from "../values/listen-address.ts";
import type { ListenerInput, NamedPart } from "./document-parts.ts";

/** A listener while routes still gather on it. */
export interface ListenerDraft {
  readonly name: string;
  readonly address: Address;
  readonly place: Place;
  /** Null until the first route says. */
  protocol: ListenerModel["protocol"] | null;
  /** The route that said so. */
  protocolPlace: Place | null;
}

export class ListenerTable {
  readonly #found: DiagnosticList;
  /** A null draft has mistakes of its own, which are told already. */
  readonly #byName = new Map<string, ListenerDraft | null>();
  readonly #byAddress = new Map<string, ListenerDraft>();
  readonly #drafts: ListenerDraft[] = [];

  constructor(named: readonly NamedPart<ListenerInput>[], found: DiagnosticList) {
    this.#found = found;
    for (const part of named)
      this.#byName.set(part.name, part.value === null ? null : this.#define(part, part.value));
  }

  /** The listener that a route means, or null after a finding. */
  resolve(reference: ListenReference, place: Place): ListenerDraft | null {
    if (reference.kind === "address") return this.#at(reference.address, place);
    const draft = this.#byName.get(reference.name);
    if (draft !== undefined) return draft;
    const suggestion =
      didYouMean(reference.name, this.#byName.keys()) ?? "define it under `listeners`, or write a port";
    const message = `no listener is named ${quoted(reference.name)}`;
    this.#found.add(diagnose("listener.unknown", place, message, { suggestion }));
    return null;
  }

  /** A route of kind `protocol` uses the listener. Null after a finding. */
  claim(draft: ListenerDraft, protocol: ListenerModel["protocol"], route: Place): ListenerDraft | null {
    draft.protocol ??= protocol;
    draft.protocolPlace ??= route;
    if (draft.protocol === protocol) return draft;
    const message = `${quoted(draft.name)} already has ${draft.protocol} routes, and this one is ${protocol}`;
    const related = [relatedAt(draft.protocolPlace, `the first ${draft.protocol} route`)];
    const suggestion = "give one of them another port";
    this.#found.add(diagnose("listener.mixed_protocols", route, message, { suggestion, related }));
    return null;
  }

  /** All listeners in use, in the order in which they appeared. */
  finish(): ListenerModel[] {
    this.#reportOverlaps();
    return this.#drafts.flatMap((draft) => {
      const { name, address, protocol, place } = draft;
      return protocol === null ? [] : [{ name, address, protocol, origin: originOf(place) }];
    });
  }

  /** Where each is written, or first asked for. By name. */
  places(): Map<string, Place> {
    return new Map(this.#drafts.map(({ name, place }) => [name, place]));
  }

  reportUnused(): void {
    for (const { name, protocol, place } of this.#drafts) {
      if (protocol !== null) continue;
      this.#found.add(
        diagnose("listener.unused", place, `no route uses the listener ${quoted(name)}; it is not opened`),
      );
    }
  }

  #define(part: NamedPart<ListenerInput>, { address }: ListenerInput): ListenerDraft {
    const same = this.#byAddress.get(formatAddress(address));
    return same ?? this.#create(part.name, address, part.key);
  }

  #at(address: Address, place: Place): ListenerDraft {
    return (
      this.#byAddress.get(formatAddress(address)) ?? this.#create(formatAddress(address), address, place)
    );
  }

  #create(name: string, address: Address, place: Place): ListenerDraft {
    const draft: ListenerDraft = { name, address, place, protocol: null, protocolPlace: null };
    this.#drafts.push(draft);
    // Each port 0 with a name of its own is another port once it is open.
    const isFreePort = address.kind === "tcp" && address.port === 0 && name !== formatAddress(address);
    if (!isFreePort) this.#byAddress.set(formatAddress(address), draft);
    return draft;
  }

  /** Listening on every address takes the port on each single one as well. */
  #reportOverlaps(): void {
    const used = this.#drafts.filter((draft) => draft.protocol !== null);
    for (const wide of used) {
      if (wide.address.kind !== "tcp" || wide.address.port === 0) continue;
      for (const other of used) {
        if (other !== wide && covers(wide.address, other.address)) this.#reportOverlap(wide, other);
      }
    }
  }

  #reportOverlap(wide: ListenerDraft, other: ListenerDraft): void {
    const message = `${quoted(formatAddress(other.address))} is taken by ${quoted(formatAddress(wide.address))}, which includes it`;
    const related = [relatedAt(wide.place, `${quoted(formatAddress(wide.address))} is here`)];
    this.#found.add(
      diagnose("listener.overlap", other.place, message, { related, suggestion: "use one of the two" }),
    );
  }
}

function covers(wide: Address & { kind: "tcp" }, other: Address): boolean {
  if (other.kind !== "tcp" || other.port !== wide.port || other.host === null) return false;
  return wide.host === null || (wide.host === "0.0.0.0" && !other.host.includes(":"));
}
