/** One upstream of a configuration that is about to serve: which targets stay, which come and which leave. */
import type { UpstreamModel } from "../config/model.ts";
import type { ClientTls } from "../io/client-tls.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import type { TargetMeter, UpstreamMeter } from "../observe/metrics/target-meter.ts";
import { type Target, type TargetSpec, targetName, type UpstreamProtocol } from "../upstream/target.ts";
import { Upstream, type UpstreamTools } from "../upstream/upstream.ts";
import type { UpstreamKey } from "./upstream-keys.ts";

export interface UpstreamEntry {
  readonly key: UpstreamKey;
  readonly upstream: Upstream;
  /** What it was made of. */
  readonly model: UpstreamModel;
  /** It and its targets count where they will go on to; false: they had no room, and ask again each time. */
  readonly hasRoom: boolean;
}

export interface PreparedTools extends UpstreamTools {
  makeTarget(spec: TargetSpec, tls: ClientTls | null): Target;
  /** What a target of the upstream is spoken TLS with; null for one in the clear. */
  tlsOf(upstream: string, spec: Pick<TargetSpec, "address">): ClientTls | null;
  readonly meters: Meters;
}

export class PreparedUpstream {
  readonly entry: UpstreamEntry;
  readonly change: "added" | "changed" | "none";
  readonly added: readonly Target[];
  readonly #model: UpstreamModel;
  readonly #targets: readonly Target[];
  readonly #meter: UpstreamMeter;
  readonly #targetMeters: readonly TargetMeter[];

  /** @param known the one that serves now, if it was recognised */
  constructor(key: UpstreamKey, model: UpstreamModel, known: UpstreamEntry | null, tools: PreparedTools) {
    const present = [...(known?.upstream.targets ?? [])];
    const added: Target[] = [];
    this.#model = model;
    this.#targets = model.targets.map((each) => {
      const tls = tools.tlsOf(model.name, each);
      const found = take(present, targetName(each.address), model.protocol, tls);
      if (found !== null) return found;
      const target = tools.makeTarget({ ...each, protocol: model.protocol }, tls);
      added.push(target);
      return target;
    });
    this.added = added;
    const upstream = known?.upstream ?? new Upstream(model.name, this.#targets, model, tools);
    this.change = known === null ? "added" : this.#differs(known) ? "changed" : "none";
    const { folded } = tools.meters;
    this.#meter = tools.meters.upstream(model.name);
    this.#targetMeters = this.#targets.map(({ name }) => tools.meters.target(model.name, name));
    this.entry = { key, upstream, model, hasRoom: tools.meters.folded === folded };
  }

  /** Whether there is anything to commit. */
  get isTouched(): boolean {
    return this.change === "changed" || this.entry.upstream.name !== this.#model.name;
  }

  /** Has what is counted from now on counted under the names that are in force now. */
  useMeters(): void {
    for (const [index, target] of this.#targets.entries()) target.useMeter(this.#targetMeters[index]!);
    this.entry.upstream.useMeter(this.#meter);
  }

  /** @returns the targets that have left */
  commit(): Target[] {
    const { upstream } = this.entry;
    upstream.name = this.#model.name;
    if (this.change !== "changed") return [];
    const left = upstream.targets.filter((target) => !this.#targets.includes(target));
    for (const [index, each] of this.#model.targets.entries()) this.#targets[index]!.adjust(each);
    if (this.#model.health === null) for (const { health } of this.#targets) health.checkedUp = null;
    upstream.use(this.#targets, this.#model);
    return left;
  }

  #differs({ upstream, model }: UpstreamEntry): boolean {
    const { targets } = upstream;
    return (
      !Bun.deepEquals(settingsOf(model), settingsOf(this.#model)) ||
      targets.length !== this.#targets.length ||
      this.#model.targets.some(
        (each, index) => targets[index] !== this.#targets[index] || !targets[index]!.isAs(each),
      )
    );
  }
}

/** What of an upstream its targets and names are not. */
function settingsOf({ balance, health, outliers, breaker }: UpstreamModel) {
  return [balance, health === null, outliers, breaker];
}

/** A target may be listed twice; each is found once. One whose TLS has changed is another one. */
function take(
  targets: Target[],
  name: string,
  protocol: UpstreamProtocol,
  tls: ClientTls | null,
): Target | null {
  const isSame = (target: Target) =>
    target.name === name && target.protocol === protocol && target.tls?.key === tls?.key;
  const at = targets.findIndex(isSame);
  return at < 0 ? null : targets.splice(at, 1)[0]!;
}
