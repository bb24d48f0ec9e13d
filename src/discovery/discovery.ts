/**
 * The sources of a configuration's upstreams. It lies between the configuration that is read and the one that is served:
 * what a source tells stands among an upstream's targets as if somebody had written it there. A reload keeps the
 * sources that it leaves alone, with what they have told.
 */
import type {
  Configuration,
  DiscoverModel,
  DnsSettings,
  TargetModel,
  UpstreamModel,
} from "../config/model.ts";
import type { TargetInput } from "../config/schema/upstream.ts";
import type { SourceProblem } from "./contract.ts";
import { bindProvider } from "./provider-index.ts";
import { type BoundProvider, Source, type SourceState, type SourceTools } from "./source.ts";

export interface DiscoveryEvents {
  /** All targets of an upstream that is served: written and found. */
  onTargets(upstream: string, targets: readonly TargetModel[]): void;
  /** Null: the source answers again. */
  onProblem(upstream: string, problem: SourceProblem | null): void;
}

export interface UpstreamSource extends SourceState {
  readonly upstream: string;
  readonly provider: DiscoverModel["source"]["provider"];
}

/** How providers come to be; tests have their own. */
export type Bind = (discover: DiscoverModel, dns: DnsSettings) => BoundProvider;

interface Entry {
  /** Equal for sources that are the same. */
  readonly key: string;
  readonly source: Source;
  model: UpstreamModel;
}

/** What a configuration that may come to be served needs. Exactly one of the last two is called. */
export interface PreparedDiscovery {
  /** Settles when every new source has answered or failed once, or after a limit. */
  readonly first: Promise<void>;
  /** The configuration with what has been found so far. */
  filled(): Configuration;
  commit(): void;
  discard(): void;
}

export class Discovery {
  readonly #tools: SourceTools;
  readonly #events: DiscoveryEvents;
  readonly #bind: Bind;
  #entries: ReadonlyMap<string, Entry> = new Map();

  constructor(tools: SourceTools, events: DiscoveryEvents, bind: Bind = bindProvider) {
    this.#tools = tools;
    this.#events = events;
    this.#bind = bind;
  }

  get sources(): UpstreamSource[] {
    return [...this.#entries.values()].map(({ model, source }) => ({
      ...source.state,
      upstream: model.name,
      provider: model.discover!.source.provider,
    }));
  }

  prepare(configuration: Configuration): PreparedDiscovery {
    const added: Entry[] = [];
    const next = new Map<string, Entry>();
    for (const model of configuration.upstreams) {
      if (model.discover === null) continue;
      const key = JSON.stringify([model.name, model.discover, configuration.settings.dns.servers]);
      const known = this.#entries.get(model.name);
      const entry =
        known?.key === key ? known : this.#open(key, model, model.discover, configuration.settings.dns);
      if (entry !== known) added.push(entry);
      next.set(model.name, entry);
    }
    return this.#preparation(configuration, next, added);
  }

  close(): void {
    for (const { source } of this.#entries.values()) source.stop();
    this.#entries = new Map();
  }

  #preparation(
    configuration: Configuration,
    next: ReadonlyMap<string, Entry>,
    added: readonly Entry[],
  ): PreparedDiscovery {
    const limit = new AbortController();
    const answered = Promise.all(added.map(({ source }) => source.first));
    let told = new Map<Entry, readonly TargetInput[] | null>();
    const first = Promise.race([answered, this.#tools.pause(FIRST_LIMIT_MS, limit.signal)]);
    return {
      first: first.then(() => limit.abort()),
      filled: () => {
        told = new Map([...next.values()].map((entry) => [entry, entry.source.targets]));
        return filled(configuration, told);
      },
      commit: () => {
        this.#commit(configuration, next);
        this.#tellMissed(told);
      },
      discard: () => {
        limit.abort();
        for (const { source } of added) source.stop();
      },
    };
  }

  #commit(configuration: Configuration, next: ReadonlyMap<string, Entry>): void {
    for (const [name, entry] of this.#entries) if (next.get(name) !== entry) entry.source.stop();
    this.#entries = next;
    for (const model of configuration.upstreams) {
      const entry = next.get(model.name);
      if (entry !== undefined) entry.model = model;
    }
  }

  /** What was found between the filling of a configuration and the moment from which it was served. */
  #tellMissed(told: ReadonlyMap<Entry, readonly TargetInput[] | null>): void {
    for (const [{ model, source }, targets] of told) {
      if (source.targets !== null && source.targets !== targets) {
        this.#events.onTargets(model.name, joined(model, source.targets));
      }
    }
  }

  #open(key: string, model: UpstreamModel, discover: DiscoverModel, dns: DnsSettings): Entry {
    const source = new Source(this.#bind(discover, dns), discover.keepMs, this.#tools, {
      onTargets: (targets) => {
        if (this.#isServed(entry)) this.#events.onTargets(entry.model.name, joined(entry.model, targets));
      },
      onProblem: (problem) => this.#events.onProblem(entry.model.name, problem),
    });
    const entry: Entry = { key, source, model };
    source.start();
    return entry;
  }

  /** What is found before its configuration is served comes with that. */
  #isServed(entry: Entry): boolean {
    return this.#entries.get(entry.model.name) === entry;
  }
}

function filled(
  configuration: Configuration,
  found: ReadonlyMap<Entry, readonly TargetInput[] | null>,
): Configuration {
  if (found.size === 0) return configuration;
  const byName = new Map([...found].map(([{ model }, targets]) => [model.name, targets]));
  const upstreams = configuration.upstreams.map((model) => {
    const targets = byName.get(model.name) ?? null;
    return targets === null ? model : { ...model, targets: joined(model, targets) };
  });
  return { ...configuration, upstreams };
}

/** What is written comes first. What is found too is that. */
function joined({ targets, origin }: UpstreamModel, found: readonly TargetInput[]): TargetModel[] {
  const written = new Set(targets.map(({ address }) => JSON.stringify(address)));
  const others = new Map(found.map((target) => [JSON.stringify(target.address), target]));
  for (const address of written) others.delete(address);
  return [...targets, ...[...others.values()].map((target) => ({ ...target, origin }))];
}

/** A start or a reload does not wait longer for sources; what they tell later is taken then. */
const FIRST_LIMIT_MS = 2_000;
