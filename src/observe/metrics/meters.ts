/**
 * Hands out the meters: places to count in for a route, a listener, a target. They are asked for when a configuration
 * is compiled or a target appears, never on a request. When there is no room for another, its counts go where those of
 * all others without room go, under the label `other`.
 */
import type { CellPlace, CellRow, CellRowOwner, CellRows } from "../../base/cell-rows.ts";
import { CertificateMeter } from "./certificate-meter.ts";
import { ListenerMeter } from "./listener-meter.ts";
import { METER_KEYS, METERS, type MeterName, meterKey } from "./meter-keys.ts";
import { InstanceMeter, ProcessMeter } from "./process-meter.ts";
import { RouteMeter, TunnelMeter } from "./route-meter.ts";
import { TargetMeter, UpstreamMeter } from "./target-meter.ts";

export interface Meters {
  /** @param route null for requests that no route took, @param upstream null for routes that answer themselves */
  route(listener: string, route: string | null, upstream: string | null): RouteMeter;
  tunnel(listener: string, route: string, upstream: string): TunnelMeter;
  listener(name: string): ListenerMeter;
  target(upstream: string, target: string): TargetMeter;
  upstream(name: string): UpstreamMeter;
  /** @param file as it is configured */
  certificate(listener: string, file: string): CertificateMeter;
}

export class SharedMeters implements Meters {
  readonly #rows: CellRows;
  readonly #slot: number;
  /** Null where rows are only looked up, since another process gives them out. */
  readonly #owner: CellRowOwner | null;
  readonly #wallMs: () => number;
  readonly #used = new Set<string>();
  #folded = 0;

  private constructor(rows: CellRows, slot: number, owner: CellRowOwner | null, wallMs: () => number) {
    this.#rows = rows;
    this.#slot = slot;
    this.#owner = owner;
    this.#wallMs = wallMs;
    for (const meter of FOLDING) this.#row(meter, otherLabels(meter));
    this.#folded = 0;
  }

  /** For the process that gives rows out, and for one that does everything. */
  static owned(rows: CellRowOwner, slot: number, wallMs: () => number): SharedMeters {
    return new SharedMeters(rows, slot, rows, wallMs);
  }

  /** For a worker: it counts in the rows that its supervisor has made. */
  static joined(rows: CellRows, slot: number): SharedMeters {
    return new SharedMeters(rows, slot, null, () => 0);
  }

  route(listener: string, route: string | null, upstream: string | null): RouteMeter {
    return new RouteMeter(this.#place("route", [listener, route ?? "", upstream ?? ""]));
  }

  tunnel(listener: string, route: string, upstream: string): TunnelMeter {
    return new TunnelMeter(this.#place("tunnel", [listener, route, upstream]));
  }

  listener(name: string): ListenerMeter {
    return new ListenerMeter(this.#place("listener", [name]), this.#place("listenerNow", [name]));
  }

  target(upstream: string, target: string): TargetMeter {
    const labels = [upstream, target];
    return new TargetMeter(this.#place("target", labels), this.#place("targetNow", labels));
  }

  upstream(name: string): UpstreamMeter {
    return new UpstreamMeter(this.#place("upstreamNow", [name]));
  }

  certificate(listener: string, file: string): CertificateMeter {
    return new CertificateMeter(this.#place("certificateNow", [listener, file]));
  }

  process(): ProcessMeter {
    return new ProcessMeter(this.#place("process", []), this.#place("processNow", []));
  }

  instance(): InstanceMeter {
    return new InstanceMeter(this.#place("instance", []), this.#place("instanceNow", []));
  }

  /** From here on every meter in use is asked for anew; `settle` takes the others out of use. */
  begin(): void {
    this.#used.clear();
    this.#folded = 0;
    for (const meter of FOLDING) this.#used.add(meterKey(meter, otherLabels(meter)));
    this.process();
    this.instance();
  }

  /** @returns how many found no room since `begin` */
  settle(): number {
    this.#owner?.retain(METER_KEYS, this.#used, this.#wallMs());
    return this.#folded;
  }

  #place(meter: MeterName, labels: readonly string[]): CellPlace {
    const own = this.#row(meter, labels);
    if (own === null) this.#folded++;
    const row = own ?? this.#row(meter, otherLabels(meter));
    return row === null ? unseen() : { cells: this.#rows.cells, at: row.at(this.#slot) };
  }

  #row(meter: MeterName, labels: readonly string[]): CellRow | null {
    const { kind, cells } = METERS[meter];
    const key = meterKey(meter, labels);
    const row = this.#owner?.allocate(key, kind, cells.length, this.#wallMs()) ?? this.#rows.find(key);
    if (row !== null) this.#used.add(key);
    return row;
  }
}

/** For whoever compiles a configuration without serving it: what is counted here is never shown. */
export const UNSEEN_METERS: Meters = {
  route: () => new RouteMeter(unseen()),
  tunnel: () => new TunnelMeter(unseen()),
  listener: () => new ListenerMeter(unseen(), unseen()),
  target: () => new TargetMeter(unseen(), unseen()),
  upstream: () => new UpstreamMeter(unseen()),
  certificate: () => new CertificateMeter(unseen()),
};

let scratch: Float64Array | null = null;

function unseen(): CellPlace {
  scratch ??= new Float64Array(Math.max(...Object.values(METERS).map(({ cells }) => cells.length)));
  return { cells: scratch, at: 0 };
}

function otherLabels(meter: MeterName): string[] {
  return METERS[meter].labels.map(() => OTHER);
}

export const OTHER = "other";

/** Those of which there may be many. */
const FOLDING = ["route", "tunnel", "listener", "listenerNow", "target", "targetNow", "upstreamNow"] as const;
