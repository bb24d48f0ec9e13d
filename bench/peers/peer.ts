/**
 * A proxy under measurement, as data: the files it wants to find and the command that runs it. All
 * peers do the same work: upstream keep-alive, X-Forwarded-For/-Proto/-Host, a request id and Via on
 * every request, no access log but where that is what is measured, one worker.
 */

import { certificatePath } from "../../test/support/certificates.ts";

export interface Peer {
  readonly name: string;
  launch(site: Site): Launch;
  /** Whether it writes its access log to a file itself. */
  readonly logsToFile?: true;
  /** Set where the allocator can be told to never collect: what memory grows by is then what was allocated. */
  readonly withoutCollection?: Readonly<Record<string, string>>;
}

/** What a peer is asked to serve, on loopback. */
export interface Site {
  readonly kind: "http" | "tcp";
  readonly port: number;
  /** Clients speak TLS, all of them with the same certificate and the same suite. */
  readonly tls: boolean;
  readonly originPort: number;
  /** Where HTTP/2 is spoken, in cleartext; HTTP/1.1 elsewhere. */
  readonly h2: { readonly downstream: boolean; readonly upstream: boolean };
  /** Where clients may speak HTTP/1.1 besides, for peers that speak one version on a port in cleartext. */
  readonly http1Port?: number | undefined;
  /** `http` only. 1: everything goes to the origin. More: so many routes as in `routePath`, and nothing else. */
  readonly routes: number;
  /** A line for each request, in a file of its own. Only of peers that say they can. */
  readonly log: boolean;
}

export interface Launch {
  /** By path relative to the sandbox's directory, where the command runs. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** An ECDSA key on P-256, and one certificate between it and its root. */
export const CERTIFICATE = {
  cert: certificatePath("shop-chain.crt"),
  key: certificatePath("shop.key"),
  /** What the library of each peer would take by itself differs; this is what it would take for most clients. */
  suite: "TLS_AES_128_GCM_SHA256",
} as const;

/** All of one length, so that ten routes and ten thousand move the same number of bytes. */
export function routePath(index: number): string {
  return `/r/${index.toString().padStart(5, "0")}`;
}

/** The prefixes of a site's routes. */
export function routePrefixes(site: Site): string[] {
  return site.routes === 1 ? ["/"] : Array.from({ length: site.routes }, (_, index) => routePath(index));
}

export const ONLY_HTTP1: Site["h2"] = { downstream: false, upstream: false };
