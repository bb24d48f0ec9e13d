/**
 * Puts documents together: one listener per address, names that are free and say something, parts in the order in
 * which they were met. Formats decide what is in them.
 */
import type { Place } from "../../source/source-text.ts";
import { parseListenAddress } from "../../values/listen-address.ts";
import type {
  DocumentDraft,
  ListenerDraft,
  ListenerTlsDraft,
  RouteDraft,
  SettingsDraft,
  TargetDraft,
  UpstreamDraft,
} from "./document-draft.ts";
import { UniqueNames } from "./unique-names.ts";

export class DraftBuilder {
  readonly #documents: Mutable<DocumentDraft>[] = [];
  readonly #listeners = new Map<string, string>();
  readonly #listenerNames = new UniqueNames();
  readonly #upstreams = new Map<string, string>();
  readonly #upstreamNames = new UniqueNames();

  /** Begins a document; what follows goes into it. */
  begin(name: string | null, from: Place): void {
    this.#documents.push({ name, from, settings: {}, listeners: [], upstreams: [], routes: [] });
  }

  /** The settings of the document, in place of those it had. */
  settings(settings: SettingsDraft): void {
    this.#current().settings = settings;
  }

  /** The routes of the document, so far. */
  get routes(): readonly RouteDraft[] {
    return this.#current().routes;
  }

  /** The name of the listener at this address. What TLS it has is said by the first who asks for it. */
  listener(address: string, from: Place, tls: ListenerTlsDraft | null = null): string {
    const known = this.#listeners.get(address);
    if (known !== undefined) return known;
    const name = this.#listenerNames.take(listenerName(address), "listener");
    this.#listeners.set(address, name);
    const written = /^\d+$/.test(address) ? Number(address) : address;
    this.#current().listeners.push({ name, address: written, tls, from });
    return name;
  }

  /** The name of a new upstream. */
  upstream(
    wanted: string,
    targets: readonly TargetDraft[],
    balance: UpstreamDraft["balance"],
    from: Place,
  ): string {
    const name = this.#upstreamNames.take(wanted, "upstream");
    this.#current().upstreams.push({ name, targets, balance, from });
    return name;
  }

  /** As `upstream`, once for each key: later calls give the name of the first. */
  sharedUpstream(key: string, wanted: string, targets: readonly TargetDraft[], from: Place): string {
    const known = this.#upstreams.get(key);
    if (known !== undefined) return known;
    // A place without an extent: what is to be said of that line is said at the route.
    const name = this.upstream(wanted, targets, null, { ...from, end: from.start });
    this.#upstreams.set(key, name);
    return name;
  }

  route(route: RouteDraft): void {
    this.#current().routes.push(route);
  }

  documents(): readonly DocumentDraft[] {
    return this.#documents;
  }

  #current(): Mutable<DocumentDraft> {
    return this.#documents.at(-1)!;
  }
}

type Mutable<D extends DocumentDraft> = Omit<D, "settings" | "listeners" | "upstreams" | "routes"> & {
  settings: SettingsDraft;
  readonly listeners: ListenerDraft[];
  readonly upstreams: UpstreamDraft[];
  readonly routes: RouteDraft[];
};

/** `http` for port 80, `https` for 443, `port-8080`; with the address when it is not every one. */
function listenerName(address: string): string {
  const parsed = parseListenAddress(address);
  if (!parsed.ok || parsed.value.kind === "unix") return address.replace(/^unix:/, "");
  const { host, port } = parsed.value;
  const base = PORT_NAMES.get(port) ?? `port-${port}`;
  return host === null || host === "0.0.0.0" ? base : `${base}-${host}`;
}

const PORT_NAMES = new Map([
  [80, "http"],
  [443, "https"],
]);
