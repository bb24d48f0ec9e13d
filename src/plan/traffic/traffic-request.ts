/**
 * A request as some record of it tells: an access log, a browser's archive, the recent requests of a running instance.
 * What a record does not say is null.
 */

export interface TrafficRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** Host as received, perhaps with a port. */
  readonly authority: string | null;
  /** The name of the listener, in the old configuration. */
  readonly listener: string | null;
  readonly port: TrafficPort | null;
  /** As far as they are recorded, without Host. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly from: string | null;
}

export interface TrafficPort {
  readonly number: number;
  /** Not written in the URL but the scheme's own, so that the proxy may well listen elsewhere. */
  readonly isImplied: boolean;
}

export type TrafficItem =
  | { readonly kind: "request"; readonly request: TrafficRequest }
  /** No request that could be asked again: a tunnel, or one that was refused before it was read. */
  | { readonly kind: "other" }
  /** @param reason completes "line 7: …" */
  | { readonly kind: "unreadable"; readonly reason: string };

export const OTHER: TrafficItem = { kind: "other" };

export function unreadable(reason: string): TrafficItem {
  return { kind: "unreadable", reason };
}

/** Text of a log goes into the bytes of a request, so what could end a line there is refused. */
export function requestItem(request: TrafficRequest): TrafficItem {
  if (!METHOD.test(request.method)) return unreadable("the method is no method");
  if (!TARGET.test(request.target)) return unreadable("the path holds what no request line can");
  if (request.authority !== null && !AUTHORITY.test(request.authority))
    return unreadable("the host is no host");
  return { kind: "request", request };
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const TARGET = /^[^\u0000-\u0020\u007f]+$/;
const AUTHORITY = /^[^\u0000-\u0020\u007f/?#@]*$/;
