/**
 * Divides configurations into parts for the workers, each one as the one before it was divided: a part whose routes are
 * the very objects of before is the same part, and whoever has it needs no other. What is to be sent is put into bytes
 * once, however many it is sent to.
 */
import type { Configuration, RouteModel, UpstreamModel } from "../config/model.ts";
import { CLONE, encodeFrame } from "./channel/frames.ts";
import type { CommonPart, ConfigurationPart } from "./configuration-parts.ts";

/** One configuration, for as long as somebody is told of it. */
export class Parcel {
  /** Of its parts. */
  readonly ids: ReadonlySet<number>;
  readonly #common: CommonPart;
  readonly #parts: readonly Divisible[];
  readonly #frames = new Map<Divisible | CommonPart, Buffer>();

  constructor(common: CommonPart["common"], parts: readonly Divisible[]) {
    const ids = parts.map(({ id }) => id);
    this.ids = new Set(ids);
    this.#common = { type: "common", common, parts: ids };
    this.#parts = parts;
  }

  /** Events of the control channel, for a worker that has these parts. */
  framesFor(held: ReadonlySet<number>): Buffer[] {
    const missing = this.#parts.filter(({ id }) => !held.has(id));
    return [this.#common, ...missing].map((part) => this.#frameOf(part));
  }

  #frameOf(value: Divisible | CommonPart): Buffer {
    const known = this.#frames.get(value);
    if (known !== undefined) return known;
    const frame = encodeFrame({ kind: "event", id: 0, value }, CLONE);
    this.#frames.set(value, frame);
    return frame;
  }
}

export class Parceller {
  readonly #routes = new Pieces<RouteModel>();
  readonly #upstreams = new Pieces<UpstreamModel>();
  #parts = new Map<object, Divisible>();
  #lastId = 0;

  parcel({ routes, upstreams, ...common }: Configuration): Parcel {
    const { limits, timeouts } = common.settings;
    const parts = new Map<object, Divisible>();
    for (const piece of this.#routes.divide(routes)) {
      const known = this.#parts.get(piece);
      const id = known?.id ?? ++this.#lastId;
      parts.set(piece, known ?? { type: "routes", id, standard: { limits, timeouts }, routes: piece });
    }
    for (const piece of this.#upstreams.divide(upstreams)) {
      const known = this.#parts.get(piece);
      const id = known?.id ?? ++this.#lastId;
      parts.set(piece, known ?? { type: "upstreams", id, upstreams: piece });
    }
    this.#parts = parts;
    return new Parcel(common, [...parts.values()]);
  }
}

type Divisible = Exclude<ConfigurationPart, CommonPart>;

/** Lists that share pieces with the lists before them. */
class Pieces<T extends object> {
  #byFirst = new Map<T, readonly T[]>();

  divide(all: readonly T[]): readonly (readonly T[])[] {
    const pieces: (readonly T[])[] = [];
    let open: T[] = [];
    const close = () => {
      if (open.length > 0) pieces.push(open);
      open = [];
    };
    for (let at = 0; at < all.length; ) {
      const known = this.#knownAt(all, at);
      if (known === null) open.push(all[at++]!);
      if (known !== null || open.length === PART_ENTRIES) close();
      if (known === null) continue;
      pieces.push(known);
      at += known.length;
    }
    close();
    // Small ones would stay small for ever.
    const worthy = pieces.filter(({ length }) => length >= PART_ENTRIES / 4);
    this.#byFirst = new Map(worthy.map((piece) => [piece[0]!, piece]));
    return pieces;
  }

  #knownAt(all: readonly T[], at: number): readonly T[] | null {
    const piece = this.#byFirst.get(all[at]!);
    return piece?.every((each, index) => each === all[at + index]) === true ? piece : null;
  }
}

/** Some 100 kB, of which a quarter of a millisecond makes objects again. */
const PART_ENTRIES = 250;
