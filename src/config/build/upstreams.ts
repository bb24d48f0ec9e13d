/** The upstreams of all documents: named ones, and one for each route with targets of its own. */
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { DiscoverModel, UpstreamModel } from "../model.ts";
import type { UpstreamTlsInput } from "../schema/tls.ts";
import { type GroupSettings, groupSettings, type TargetInput } from "../schema/upstream.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { formatTarget } from "../values/target-address.ts";
import type { NamedPart, UpstreamInput } from "./document-parts.ts";
import { buildUpstreamTls } from "./tls.ts";

export class UpstreamTable {
  readonly #found: DiagnosticList;
  /** Names with mistakes of their own are defined, and have no model. */
  readonly #names = new Map<string, Place>();
  readonly #used = new Set<string>();
  readonly #models: UpstreamModel[] = [];
  /** The first of each name; every route asks. */
  readonly #byName = new Map<string, UpstreamModel>();

  constructor(named: readonly NamedPart<UpstreamInput>[], found: DiagnosticList) {
    this.#found = found;
    for (const { name, key, node, value } of named) {
      this.#names.set(name, key);
      if (value !== null) this.#addNamed(name, key, node, value);
    }
  }

  /** Whether a route may name it; if not, a finding says so. */
  use(name: string, place: Place): boolean {
    this.#used.add(name);
    if (this.#names.has(name)) return true;
    const suggestion = didYouMean(name, this.#names.keys()) ?? "define it under `upstreams`";
    this.#found.add(
      diagnose("upstream.unknown", place, `no upstream is named ${quoted(name)}`, { suggestion }),
    );
    return false;
  }

  /** One that is defined; null when it has mistakes. */
  modelOf(name: string): UpstreamModel | null {
    return this.#byName.get(name) ?? null;
  }

  /** The targets of a route, under the route's label. Labels have a `/`, names do not, so they never meet. */
  addInline(
    label: string,
    targets: readonly TargetInput[],
    settings: GroupSettings,
    node: ConfigNode,
  ): string {
    this.#add(label, node, targets, settings, node, NO_TLS);
    return label;
  }

  /** As it was built before. */
  keepInline(model: UpstreamModel): void {
    this.#models.push(model);
    if (!this.#byName.has(model.name)) this.#byName.set(model.name, model);
  }

  /** What was added last: labels meet while two documents have the same name, so a label does not tell whose it is. */
  get newest(): UpstreamModel {
    return this.#models.at(-1)!;
  }

  /** Of all that are defined, with mistakes or without, and of the routes that have targets of their own. */
  names(): Set<string> {
    return new Set([...this.#names.keys(), ...this.#models.map(({ name }) => name)]);
  }

  finish(): UpstreamModel[] {
    return this.#models;
  }

  reportUnused(): void {
    for (const [name, place] of this.#names) {
      if (this.#used.has(name)) continue;
      this.#found.add(diagnose("upstream.unused", place, `no route uses the upstream ${quoted(name)}`));
    }
  }

  #addNamed(name: string, key: Place, node: ConfigNode, value: UpstreamInput): void {
    const { targets, discover } = value;
    if (targets === undefined && discover === undefined) {
      const suggestion = 'add `targets: ["127.0.0.1:3000"]`, or `discover`';
      const message = "an upstream has neither `targets` nor `discover`";
      this.#found.add(diagnose("config.missing_key", node, message, { suggestion }));
      return;
    }
    const list = valueAt(node, "targets") ?? node;
    const tls = { input: value.tls, node: valueAt(node, "tls") };
    this.#add(name, key, targets ?? [], groupSettings(value), list, tls, discover ?? null);
  }

  #add(
    name: string,
    place: Place,
    targets: readonly TargetInput[],
    settings: GroupSettings,
    list: ConfigNode,
    written: { readonly input: UpstreamTlsInput | undefined; readonly node: ConfigNode | undefined },
    discover: DiscoverModel | null = null,
  ): void {
    const places = list.kind === "list" ? list.items : [];
    const models = targets.map((target, index) => ({ ...target, origin: originOf(places[index] ?? list) }));
    const mayHaveTls =
      discover !== null || targets.some(({ address }) => address.kind === "tcp" && address.tls === true);
    const tls = buildUpstreamTls(written.input, written.node, place, mayHaveTls, this.#found);
    const model = { name, targets: models, ...settings, tls, discover, origin: originOf(place) };
    this.#models.push(model);
    if (!this.#byName.has(name)) this.#byName.set(name, model);
    if (targets.length > 1) this.#reportDuplicates(targets, places);
    if (discover === null && targets.every(({ weight }) => weight === 0)) {
      this.#found.add(
        diagnose("upstream.drained", list, "all targets have weight 0; no request can be served"),
      );
    }
  }

  #reportDuplicates(targets: readonly TargetInput[], places: readonly ConfigNode[]): void {
    const seen = new Map<string, ConfigNode>();
    for (const [index, { address }] of targets.entries()) {
      const text = formatTarget(address);
      const first = seen.get(text);
      const place = places[index]!;
      if (first === undefined) {
        seen.set(text, place);
        continue;
      }
      const related = [relatedAt(first, "first listed here")];
      const suggestion = "give it a `weight` instead";
      const message = `the target ${quoted(text)} is listed twice`;
      this.#found.add(diagnose("upstream.duplicate_target", place, message, { related, suggestion }));
    }
  }
}

const NO_TLS = { input: undefined, node: undefined };
