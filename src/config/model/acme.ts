/** Certificates that an authority issues, or this machine itself. See ../model.ts. */

/** A storage that many machines have in common. */
export interface SharedStorageModel {
  readonly kind: "redis" | "etcd";
  /** With user and password: secrets. One for Redis. */
  readonly urls: readonly string[];
  /** Of the names of its keys. */
  readonly prefix: string;
  /** What is put there is sealed with it; null: it lies there in the clear. */
  readonly passphrase: string | null;
}

/** How it is shown to an authority that a name is ours (RFC 8555 section 8, RFC 8737). */
export type ChallengeKind = "http-01" | "tls-alpn-01" | "dns-01";

/** The certificate authority of this machine, for development. */
export interface InternalCaModel {
  /** A directory. What lies where in it is said by values/acme-places.ts. */
  readonly storage: string;
  /** Of what it issues. */
  readonly lifetimeMs: number;
}

/** An authority that issues certificates (RFC 8555). */
export interface AcmeModel {
  /** A directory. What lies where in it is said by values/acme-places.ts. */
  readonly storage: string;
  /** What it is a copy of, which others share; null: it stands alone. */
  readonly shared: SharedStorageModel | null;
  /** Of the authority: a URL. */
  readonly directory: string;
  readonly email: string | null;
  /** The one that ours at the authority is bound to (RFC 8555 section 7.3.4); null: it asks for none. */
  readonly externalAccount: { readonly keyId: string; readonly key: string } | null;
  /** Of names; that for a wildcard is always `dns-01`. */
  readonly challenge: ChallengeKind;
  /** Null: no name is shown to be ours by DNS. */
  readonly dns: AcmeDnsModel | null;
  /** Null: certificates are obtained for names in the configuration alone. */
  readonly onDemand: OnDemandModel | null;
  /** A file of those that the authority's own certificate must be signed by; null: as everybody's. */
  readonly ca: string | null;
}

/** Who puts records into DNS, and when an authority may look. */
export interface AcmeDnsModel {
  readonly hook: DnsHookModel;
  /** For one call of it. */
  readonly timeoutMs: number;
  readonly seen:
    | { readonly kind: "wait"; readonly ms: number }
    /** Those of the zone when there are none. */
    | { readonly kind: "servers"; readonly servers: readonly string[]; readonly withinMs: number };
  /** Who is asked where the zone's are; empty: the system's. */
  readonly resolvers: readonly string[];
}

/** For which names certificates are obtained once somebody asks for them; at least one of the first two says so. */
export interface OnDemandModel {
  /** As in routes; empty: any that `ask` allows. */
  readonly hosts: readonly string[];
  /** A URL, or null. */
  readonly ask: string | null;
  readonly names: number;
  readonly perHour: number;
}

export type DnsHookModel =
  | {
      readonly kind: "exec";
      /** The program, then its arguments. */
      readonly command: readonly string[];
      readonly environment: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: "webhook"; readonly url: string; readonly token: string | null };
