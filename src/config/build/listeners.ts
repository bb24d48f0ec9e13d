/**
 * The listeners of all documents. A port that two routes name is one listener, whatever the spelling and
 * whichever document; what its routes speak must agree, because a socket can be read in one way only.
 */
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { Address, ListenerModel, ListenerProtocol, TlsModel } from "../model.ts";
import type { ListenReference } from "../schema/listener.ts";
import type { TlsInput } from "../schema/tls.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { formatAddress } from "../values/listen-address.ts";
import type { ListenerInput, NamedPart } from "./document-parts.ts";
import { type Authority, buildTls, redirectPort } from "./tls.ts";

/** A listener while routes still gather on it. */
export interface ListenerDraft {
  readonly name: string;
  readonly address: Address;
  readonly place: Place;
  /** Null until the first route says. */
  protocol: "http" | "tcp" | null;
  /** The route that said so. */
  protocolPlace: Place | null;
  /** The first route that passes TLS on; it gets along with either protocol where TLS is spoken. */
  passthroughPlace: Place | null;
  proxyProtocol: ListenerModel["proxyProtocol"];
  tls: TlsModel | null;
  tlsPlace: ConfigNode | null;
  /** Where requests in the clear are told to come here instead. */
  readonly redirects: { readonly port: number; readonly place: ConfigNode }[];
}

export class ListenerTable {
  readonly #found: DiagnosticList;
  readonly #authority: Authority;
  /** A null draft has mistakes of its own, which are told already. */
  readonly #byName = new Map<string, ListenerDraft | null>();
  readonly #byAddress = new Map<string, ListenerDraft>();
  readonly #drafts: ListenerDraft[] = [];

  /** @param authority who is asked for certificates */
  constructor(named: readonly NamedPart<ListenerInput>[], authority: Authority, found: DiagnosticList) {
    this.#found = found;
    this.#authority = authority;
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

  /** As `resolve`, of a reference that has been resolved before. */
  find(reference: ListenReference, place: Place): ListenerDraft | null {
    if (reference.kind === "name") return this.#byName.get(reference.name) ?? null;
    return this.#at(reference.address, place);
  }

  /** A route of kind `protocol` uses the listener. Null after a finding. */
  claim(draft: ListenerDraft, protocol: ListenerProtocol, route: Place): ListenerDraft | null {
    if (protocol === "tls") {
      draft.passthroughPlace ??= route;
      return draft;
    }
    draft.protocol ??= protocol;
    draft.protocolPlace ??= route;
    if (draft.protocol === protocol) return draft;
    const message = `${quoted(draft.name)} already has ${draft.protocol} routes, and this one is ${protocol}`;
    const related = [relatedAt(draft.protocolPlace, `the first ${draft.protocol} route`)];
    const suggestion = "give one of them another port";
    this.#found.add(diagnose("listener.mixed_protocols", route, message, { suggestion, related }));
    return null;
  }

  /** TLS for one listener. What is written twice must be written in one place. */
  secure(draft: ListenerDraft, input: TlsInput, node: ConfigNode): void {
    if (draft.tlsPlace === node) return;
    if (draft.tlsPlace !== null) {
      const related = [relatedAt(draft.tlsPlace, "first set here")];
      const message = `${quoted(draft.name)} has its \`tls\` from two places`;
      this.#found.add(diagnose("config.conflict", node, message, { related }));
      return;
    }
    draft.tlsPlace = node;
    draft.tls = buildTls(input, node, this.#authority, this.#found);
    const port = redirectPort(input);
    if (port !== null) draft.redirects.push({ port, place: valueAt(node, "https_only") ?? node });
  }

  /** Those that speak TLS and want requests in the clear to be redirected to them. */
  redirected(): ListenerDraft[] {
    return this.#drafts.filter((draft) => draft.redirects.length > 0 && draft.address.kind === "tcp");
  }

  /** The one at the same address, at another port. */
  atPort({ address }: ListenerDraft, port: number, place: Place): ListenerDraft {
    return this.#at({ ...(address as Address & { kind: "tcp" }), port }, place);
  }

  /** All listeners in use, in the order in which they appeared. */
  finish(): ListenerModel[] {
    this.#reportOverlaps();
    return this.#drafts.flatMap((draft) => {
      const { name, address, place, tls, proxyProtocol } = draft;
      const protocol = this.#protocolOf(draft);
      return protocol === null
        ? []
        : [{ name, address, protocol, tls, proxyProtocol, origin: originOf(place) }];
    });
  }

  #protocolOf(draft: ListenerDraft): ListenerProtocol | null {
    const { name, protocol, passthroughPlace, protocolPlace, tlsPlace } = draft;
    if (passthroughPlace === null) return protocol;
    if (protocol === null) {
      if (tlsPlace !== null) this.#found.add(uselessTls(name, tlsPlace));
      return "tls";
    }
    if (tlsPlace !== null) return protocol;
    const message = `${quoted(name)} passes TLS on, and this ${protocol} route would get the rest`;
    const related = [relatedAt(passthroughPlace, "the first tls route")];
    const suggestion = "give the listener `tls`, or one of the two another port";
    this.#found.add(diagnose("listener.mixed_protocols", protocolPlace!, message, { suggestion, related }));
    return null;
  }

  /** Where each is written, or first asked for. By name. */
  places(): Map<string, Place> {
    return new Map(this.#drafts.map(({ name, place }) => [name, place]));
  }

  /** Of those that have it. By name. */
  tlsPlaces(): Map<string, ConfigNode> {
    return new Map(
      this.#drafts.flatMap(({ name, tlsPlace }) =>
        tlsPlace === null ? [] : [[name, tlsPlace] satisfies [string, ConfigNode]],
      ),
    );
  }

  /** Of all that have it, also of those that no route uses. */
  tlsModels(): TlsModel[] {
    return this.#drafts.flatMap(({ tls }) => tls ?? []);
  }

  reportUnused(): void {
    for (const { name, protocol, passthroughPlace, place } of this.#drafts) {
      if (protocol !== null || passthroughPlace !== null) continue;
      this.#found.add(
        diagnose("listener.unused", place, `no route uses the listener ${quoted(name)}; it is not opened`),
      );
    }
  }

  #define(part: NamedPart<ListenerInput>, input: ListenerInput): ListenerDraft {
    const { address, tls, proxy_protocol: proxyProtocol } = input;
    const same = this.#byAddress.get(formatAddress(address));
    const draft = same ?? this.#create(part.name, address, part.key);
    if (proxyProtocol !== "off") draft.proxyProtocol = proxyProtocol;
    if (tls !== undefined) this.secure(draft, tls, valueAt(part.node, "tls")!);
    return draft;
  }

  #at(address: Address, place: Place): ListenerDraft {
    return (
      this.#byAddress.get(formatAddress(address)) ?? this.#create(formatAddress(address), address, place)
    );
  }

  #create(name: string, address: Address, place: Place): ListenerDraft {
    const draft: ListenerDraft = {
      name,
      address,
      place,
      protocol: null,
      protocolPlace: null,
      passthroughPlace: null,
      proxyProtocol: "off",
      tls: null,
      tlsPlace: null,
      redirects: [],
    };
    this.#drafts.push(draft);
    // Each port 0 with a name of its own is another port once it is open.
    const isFreePort = address.kind === "tcp" && address.port === 0 && name !== formatAddress(address);
    if (!isFreePort) this.#byAddress.set(formatAddress(address), draft);
    return draft;
  }

  /** Listening on every address takes the port on each single one as well. */
  #reportOverlaps(): void {
    const used = this.#drafts.filter((draft) => draft.protocol !== null || draft.passthroughPlace !== null);
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

function uselessTls(name: string, place: ConfigNode) {
  const message = `all routes of ${quoted(name)} pass TLS on, so nothing is decrypted here`;
  return diagnose("config.not_applicable", place, message, { suggestion: "leave `tls` out" });
}

function covers(wide: Address & { kind: "tcp" }, other: Address): boolean {
  if (other.kind !== "tcp" || other.port !== wide.port || other.host === null) return false;
  return wide.host === null || (wide.host === "0.0.0.0" && !other.host.includes(":"));
}
