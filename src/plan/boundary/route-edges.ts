/**
 * Requests at the edges of one route: one that it is meant for, then each part of it in turn a little different, the
 * path, the host, the method, each field and parameter, the length of the body.
 */
import type { HttpRouteModel, RouteModel } from "../../config/model.ts";
import { type AskedRequest, askedAt, authorityAt } from "../asked-request.ts";
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import type { Socket } from "../socket.ts";
import { hostsOf } from "../structure/route-key.ts";
import { type Conditions, metConditions, unmetConditions, withQuery } from "./condition-values.ts";
import { hostEdges, hostSample } from "./host-samples.ts";
import { pathEdges } from "./path-edges.ts";

export class RouteEdges {
  readonly #side: Side;
  readonly #samples: Samples;

  constructor(side: Side, samples: Samples) {
    this.#side = side;
    this.#samples = samples;
  }

  /** Everything on the first listener and host; on the others the path's nearest neighbours. */
  *of(route: RouteModel): Generator<AskedRequest> {
    const sockets = route.listeners.map((name) => this.#side.socketNamed(name)!);
    if (route.kind !== "http") {
      for (const socket of sockets) yield connectionTo(socket);
      return;
    }
    const paths = pathEdges(route.match.path, this.#samples);
    const met = metConditions(route.match, this.#samples);
    if (met === null || paths.length === 0) return;
    let isFirst = true;
    for (const socket of sockets) {
      for (const host of hostsOf(route.match)) {
        const plain = new PlainRequest(socket, hostSample(host), methodOf(route), paths[0]!, met);
        for (const path of isFirst ? paths : paths.slice(0, NEAREST)) yield plain.with({ path });
        for (const other of hostEdges(host)) yield plain.with({ host: other });
        if (isFirst) yield* this.#variations(plain, route);
        isFirst = false;
      }
    }
  }

  *#variations(plain: PlainRequest, { match, limits }: HttpRouteModel): Generator<AskedRequest> {
    for (const method of methodEdges(match.methods)) yield plain.with({ method });
    for (const conditions of unmetConditions(match, plain.conditions, this.#samples)) {
      yield plain.with({ conditions });
    }
    if (!Number.isFinite(limits.bodyBytes)) return;
    for (const length of [limits.bodyBytes, limits.bodyBytes + 1]) {
      const { headers, query } = plain.conditions;
      const conditions = { headers: [...headers, ["content-length", String(length)] as const], query };
      yield plain.with({ conditions });
    }
  }
}

/** A request that a route is meant for, and the same with one part exchanged. */
export class PlainRequest {
  readonly conditions: Conditions;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #method: string;
  readonly #path: string;

  constructor(socket: Socket, host: string, method: string, path: string, conditions: Conditions) {
    this.#socket = socket;
    this.#host = host;
    this.#method = method;
    this.#path = path;
    this.conditions = conditions;
  }

  with(other: {
    readonly host?: string;
    readonly method?: string;
    readonly path?: string;
    readonly conditions?: Conditions;
    readonly from?: string;
  }): AskedRequest {
    const { host = this.#host, method = this.#method, path = this.#path, from = null } = other;
    const { headers, query } = other.conditions ?? this.conditions;
    const authority = authorityAt(this.#socket, host);
    return askedAt(this.#socket, { method, authority, target: withQuery(path, query), headers, from });
  }
}

export function methodOf({ match }: HttpRouteModel): string {
  return match.methods[0] ?? "GET";
}

/** A tunnel sees no requests; that somebody connects is all there is to ask about. */
function connectionTo(socket: Socket): AskedRequest {
  return askedAt(socket, { method: "GET", authority: authorityAt(socket, hostSample(null)), target: "/" });
}

/** Those that the route names, and one that it does not. */
function methodEdges(methods: readonly string[]): string[] {
  const other = COMMON_METHODS.find((method) => !methods.includes(method) && method !== "GET");
  return [...methods, "GET", ...(other === undefined ? [] : [other])];
}

const COMMON_METHODS = ["GET", "POST", "PUT", "DELETE"];
const NEAREST = 4;
