/**
 * Where a recorded request came in, and for which host: as far as the record says so, else everywhere it may have. A
 * combined log has neither, so each of its lines stands for one request to each host that the configurations name.
 */
import { type AskedRequest, askedAt } from "../asked-request.ts";
import { hostSample } from "../boundary/host-samples.ts";
import type { Side } from "../side.ts";
import type { Socket } from "../socket.ts";
import { hostsOf } from "../structure/route-key.ts";
import type { TrafficRequest } from "./traffic-request.ts";

export class Placement {
  /** For requests whose host is not recorded. */
  readonly hosts: readonly string[];
  /** For requests whose port is not. */
  readonly sockets: readonly Socket[];
  /** Hosts or listeners that were left out because there are too many. */
  readonly isCut: boolean;
  readonly #before: Side;
  readonly #after: Side;
  readonly #byPort: ReadonlyMap<number, readonly Socket[]>;

  /** @param host for records without one, or null for all that there are */
  constructor(before: Side, after: Side, host: string | null) {
    this.#before = before;
    this.#after = after;
    const hosts = host === null ? namedHosts(before, after) : [host];
    const old = httpSockets(before);
    const sockets = old.length > 0 ? old : httpSockets(after);
    this.hosts = hosts.slice(0, MOST_PLACES);
    this.sockets = sockets.slice(0, MOST_PLACES);
    this.isCut = hosts.length > MOST_PLACES || sockets.length > MOST_PLACES;
    this.#byPort = Map.groupBy(allSockets(before, after), ({ address }) =>
      address.kind === "tcp" ? address.port : 0,
    );
  }

  place(request: TrafficRequest): Places {
    const { authority } = request;
    const hosts = authority === null ? this.hosts : [authority];
    const { sockets, isAssumed } = this.#socketsOf(request);
    const asked = sockets.flatMap((socket) =>
      hosts.map((host) => askedAt(socket, { ...request, authority: host })),
    );
    return { asked, isHostAssumed: authority === null, isSocketAssumed: isAssumed };
  }

  #socketsOf({ listener, port }: TrafficRequest): { sockets: readonly Socket[]; isAssumed: boolean } {
    if (listener !== null) {
      const named = this.#before.socketNamed(listener) ?? this.#after.socketNamed(listener);
      return named === null ? this.#anywhere() : { sockets: [named], isAssumed: false };
    }
    if (port === null) return this.#anywhere();
    const atPort = this.#byPort.get(port.number) ?? [];
    return atPort.length === 0 && port.isImplied ? this.#anywhere() : { sockets: atPort, isAssumed: false };
  }

  #anywhere() {
    return { sockets: this.sockets, isAssumed: true };
  }
}

export interface Places {
  /** Empty when the record names a port on which neither configuration listens. */
  readonly asked: readonly AskedRequest[];
  /** The record does not tell, so that everything was taken that it may have been. */
  readonly isHostAssumed: boolean;
  readonly isSocketAssumed: boolean;
}

/** What is named exactly comes first; a name that none of them takes, when there are routes for any host. */
function namedHosts(...sides: readonly Side[]): string[] {
  const patterns = sides.flatMap(({ routes }) =>
    [...routes.values()].flatMap((route) => (route.kind === "http" ? hostsOf(route.match) : [])),
  );
  const rank = (pattern: string | null) => (pattern === null ? 2 : pattern.startsWith("*.") ? 1 : 0);
  const distinct = [...new Set(patterns)].sort((a, b) => rank(a) - rank(b));
  return distinct.map(hostSample);
}

function httpSockets({ sockets }: Side): Socket[] {
  return [...sockets].filter(({ protocol }) => protocol === "http");
}

function allSockets(before: Side, after: Side): Socket[] {
  return [...new Map([...before.sockets, ...after.sockets].map((socket) => [socket.key, socket])).values()];
}

/** Of each; a line of a log is asked for every combination. */
const MOST_PLACES = 8;
