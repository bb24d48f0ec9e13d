/**
 * Hands out the meters: places to count in for a route, a listener, a target. They are asked for when a configuration
 * is compiled or a target appears, never on a request. When there is no room for another, its counts go where those of
 * all others without room go, under the label `other`.
 */
import type { CellPlace, CellRow, CellRowOwner, CellRows } from "../../base/cell-rows.ts";
import { JointCells } from "../../base/joint-cells.ts";
import { SourceRates } from "../../base/source-rates.ts";
import { CertificateMeter } from "./certificate-meter.ts";
import { ListenerMeter } from "./listener-meter.ts";
import { METER_KEYS, METERS, type MeterName, meterKey } from "./meter-keys.ts";
import { InstanceMeter, ProcessMeter } from "./process-meter.ts";
import { RouteMeter, TunnelMeter } from "./route-meter.ts";
import { TargetMeter, UpstreamMeter } from "./target-meter.ts";

export interface Meters {
  /**
   * Whether what was asked for once, and found room, need not be asked for again as long as its names are in use: it goes
   * on to count where it does.
   */
  readonly steady: boolean;
  /** How often no room was found. */
  readonly folded: number;
  /** @param route null for requests that no route took, @param upstream null for routes that answer themselves */
  route(listener: string, route: string | null, upstream: string | null): RouteMeter;
  tunnel(listener: string, route: string, upstream: string): TunnelMeter;
  listener(name: string): ListenerMeter;
  target(upstream: string, target: string): TargetMeter;
  upstream(name: string): UpstreamMeter;
  /** How often sources may begin a handshake, in all processes together. */
  handshakeRates(listener: string): SourceRates;
  /** @param file as it is configured */
  certificate(listener: string, file: string): CertificateMeter;
}

export class SharedMeters implements Meters {
  readonly #rows: CellRows;
  readonly #slot: number;
  /** Null where rows are only looked up, since another process gives them out. */
  readonly #owner: CellRowOwner | null;
  readonly #wallMs: () => number;
  /** Null for who has no others beside it. */
  readonly #epochMs: number | null;
  readonly #used = new Set<string>();
  #folded = 0;

  private constructor(
    rows: CellRows,
    slot: number,
    owner: CellRowOwner | null,
    wallMs: () => number,
    epochMs: number | null,
  ) {
    this.#epochMs = epochMs;
    this.#rows = rows;
    this.#slot = slot;
    this.#owner = owner;
    this.#wallMs = wallMs;
    for (const meter of FOLDING) this.#row(meter, otherLabels(meter));
    this.#folded = 0;
  }

  /** For the process that gives rows out, and for one that does everything. */
  static owned(rows: CellRowOwner, slot: number, wallMs: () => number): SharedMeters {
    return new SharedMeters(rows, slot, rows, wallMs, null);
  }

  /**
   * For a worker: it counts in the rows that its supervisor has made.
   * @param epochMs see `JointCells`
   */
  static joined(rows: CellRows, slot: number, epochMs: number): SharedMeters {
    return new SharedMeters(rows, slot, null, () => 0, epochMs);
  }

  /** Not for who gives rows out, since they are taken back from whoever does not ask. */
  get steady(): boolean {
    return this.#owner === null;
  }

  get folded(): number {
    return this.#folded;
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
    const now = this.#ownOrOther("targetNow", labels);
    return new TargetMeter(this.#place("target", labels), this.#placeIn(now.row), this.#jointIn(now));
  }

  upstream(name: string): UpstreamMeter {
    const now = this.#ownOrOther("upstreamNow", [name]);
    return new UpstreamMeter(this.#placeIn(now.row), this.#jointIn(now));
  }

  handshakeRates(listener: string): SourceRates {
    const row = this.#row("handshakeRates", [listener]);
    if (row === null) return SourceRates.alone();
    // A cell is two words.
    return new SourceRates(this.#rows.words, row.at(this.#slot) * 2, this.#epochMs ?? 0);
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
    return this.#placeIn(this.#ownOrOther(meter, labels).row);
  }

  #placeIn(row: CellRow | null): CellPlace {
    return row === null ? unseen() : { cells: this.#rows.cells, at: row.at(this.#slot) };
  }

  /** In the row for the rest are the loads of many, of which none can act on the sum. */
  #jointIn({ row, isOwn }: FoundRow): JointCells | null {
    if (row === null || !isOwn || this.#epochMs === null) return null;
    return new JointCells(this.#rows, row, this.#slot, this.#epochMs);
  }

  #ownOrOther(meter: MeterName, labels: readonly string[]): FoundRow {
    const own = this.#row(meter, labels);
    if (own !== null) return { row: own, isOwn: true };
    this.#folded++;
    return { row: this.#row(meter, otherLabels(meter)), isOwn: false };
  }

  #row(meter: MeterName, labels: readonly string[]): CellRow | null {
    const { kind, cells } = METERS[meter];
    const key = meterKey(meter, labels);
    const row = this.#owner?.allocate(key, kind, cells.length, this.#wallMs()) ?? this.#rows.find(key);
    if (row !== null) this.#used.add(key);
    return row;
  }
}

interface FoundRow {
  readonly row: CellRow | null;
  readonly isOwn: boolean;
}

/** For whoever compiles a configuration without serving it: what is counted here is never shown. */
export const UNSEEN_METERS: Meters = {
  steady: false,
  folded: 0,
  route: () => new RouteMeter(unseen()),
  tunnel: () => new TunnelMeter(unseen()),
  listener: () => new ListenerMeter(unseen(), unseen()),
  target: () => new TargetMeter(unseen(), unseen()),
  upstream: () => new UpstreamMeter(unseen()),
  handshakeRates: () => SourceRates.alone(),
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
