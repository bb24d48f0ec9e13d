/**
 * One of the two configurations that are compared: its model, where its values stand, and the engine that decides.
 * What serves, explains and tests decides here as well; the comparison itself matches nothing.
 */
import type { LoadedConfiguration } from "../config/load.ts";
import type { Configuration, ListenerModel, RouteModel, UpstreamModel } from "../config/model.ts";
import type { Provenance } from "../config/provenance.ts";
import type { Secrets } from "../config/references/secrets.ts";
import { Explainer } from "../explain/explainer.ts";
import { covers, type Socket, socketOf } from "./socket.ts";

export type LoadedSide = Pick<LoadedConfiguration, "configuration" | "provenance" | "secrets">;

export class Side {
  readonly configuration: Configuration;
  readonly provenance: Provenance;
  readonly secrets: Secrets;
  readonly explainer: Explainer;
  /** By label. */
  readonly routes: ReadonlyMap<string, RouteModel>;
  /** By name. */
  readonly upstreams: ReadonlyMap<string, UpstreamModel>;
  /** By the key of a socket: its own, and those it was found for. */
  readonly #listeners: Map<string, ListenerModel | null>;
  readonly #sockets: ReadonlyMap<string, Socket>;

  constructor(loaded: LoadedSide) {
    const { routes, upstreams, listeners } = loaded.configuration;
    this.configuration = loaded.configuration;
    this.provenance = loaded.provenance;
    this.secrets = loaded.secrets;
    this.explainer = new Explainer(loaded);
    this.routes = new Map(routes.map((route) => [route.label, route]));
    this.upstreams = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
    this.#listeners = new Map(listeners.map((listener) => [socketOf(listener).key, listener]));
    this.#sockets = new Map(listeners.map((listener) => [listener.name, socketOf(listener)]));
  }

  get sockets(): Iterable<Socket> {
    return this.#sockets.values();
  }

  /** The socket of one of the configuration's own listeners, by its name. */
  socketNamed(listener: string): Socket | null {
    return this.#sockets.get(listener) ?? null;
  }

  socketWithKey(key: string): Socket | null {
    return this.#sockets.values().find((socket) => socket.key === key) ?? null;
  }

  /** Who takes a connection to that socket, perhaps as one of many addresses; null when nobody does. */
  listenerAt(socket: Socket): ListenerModel | null {
    const known = this.#listeners.get(socket.key);
    if (known !== undefined) return known;
    const { listeners } = this.configuration;
    const wide = listeners.find(({ address }) => covers(address, socket.address)) ?? null;
    this.#listeners.set(socket.key, wide);
    return wide;
  }

  /** Whether the upstream is the targets of one route and not one that has a name of its own. */
  isInline(upstream: string): boolean {
    return this.routes.has(upstream);
  }
}
