/**
 * Where the values of a configuration were written, beside the model and not in it: what serves requests never
 * carries it, and what explains or examines a configuration asks by the keys that stand in the file. Keys that
 * are absent are defaults. It holds on to the parsed documents, so it lives as long as somebody explains.
 */
import { type ConfigNode, nearestNode, nodeAt, type Path } from "./source/config-node.ts";
import type { Place } from "./source/source-text.ts";

/** Who set a value. */
export type SourceKind = "route" | "upstream" | "listener" | "settings" | "default";

export interface ValueSource {
  readonly from: SourceKind;
  /** What is written, with its place; null for a default. */
  readonly node: ConfigNode | null;
}

/** The parts of all documents by their names. */
export interface ConfigurationParts {
  /** Of all documents, merged; null when none has any. */
  readonly settings: ConfigNode | null;
  /** By name; only those that are written under `listeners`. */
  readonly listeners: ReadonlyMap<string, ConfigNode>;
  /** Where each listener in use is written, or first asked for. By name. */
  readonly listenerPlaces: ReadonlyMap<string, Place>;
  /** Where each listener with TLS has its `tls`: in its own entry, or in a document's. By name. */
  readonly tls: ReadonlyMap<string, ConfigNode>;
  /** By name; targets of a route stand in the route. */
  readonly upstreams: ReadonlyMap<string, ConfigNode>;
  /** By label. */
  readonly routes: ReadonlyMap<string, ConfigNode>;
  /** By label. */
  readonly tests: ReadonlyMap<string, ConfigNode>;
}

export class Provenance {
  readonly #parts: ConfigurationParts;

  constructor(parts: ConfigurationParts) {
    this.#parts = parts;
  }

  /** All of it, for whoever passes it on. */
  get parts(): ConfigurationParts {
    return this.#parts;
  }

  /** `setting("timeouts", "connect")` */
  setting(...keys: readonly string[]): ValueSource {
    const { settings } = this.#parts;
    return sourceOf("settings", settings === null ? undefined : nodeAt(settings, keys));
  }

  /** What a route says itself; the route as a whole without `keys`. */
  route(label: string, ...keys: readonly string[]): ValueSource {
    return sourceOf("route", nodeAt(this.#parts.routes.get(label)!, keys));
  }

  /** What a route may set over the settings: the nearer of the two, or the default. */
  inForce(label: string, ...keys: readonly string[]): ValueSource {
    const own = this.route(label, ...keys);
    return own.node === null ? this.setting(...keys) : own;
  }

  /** Of a route's own targets (an upstream that is called like the route), what the route says. */
  upstream(name: string, ...keys: readonly string[]): ValueSource {
    const named = this.#parts.upstreams.get(name);
    return named === undefined ? this.route(name, ...keys) : sourceOf("upstream", nodeAt(named, keys));
  }

  listener(name: string, ...keys: readonly string[]): ValueSource {
    const named = this.#parts.listeners.get(name);
    return sourceOf("listener", named === undefined ? undefined : nodeAt(named, keys));
  }

  /** Also of those that have no entry under `listeners`. */
  listenerPlace(name: string): Place {
    return this.#parts.listenerPlaces.get(name)!;
  }

  /** Of a listener that speaks TLS; what is not written stands where its surroundings do. */
  tls(name: string, ...path: Path): Place {
    return nearestNode(this.#parts.tls.get(name)!, path);
  }

  /** The place of what a test expects, or of the whole test. */
  test(label: string, ...keys: readonly string[]): Place {
    const test = this.#parts.tests.get(label)!;
    return nodeAt(test, keys) ?? test;
  }
}

function sourceOf(from: SourceKind, node: ConfigNode | undefined): ValueSource {
  return node === undefined ? { from: "default", node: null } : { from, node };
}
