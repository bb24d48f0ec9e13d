/** Where targets are found while running. See ../model.ts. */

export interface DiscoverModel {
  readonly source: DiscoverSource;
  /** How long the last good list holds while the source fails. `Infinity`: for good. */
  readonly keepMs: number;
}

/** See discovery/providers for the meaning of each. */
export type DiscoverSource =
  | { readonly provider: "file"; readonly path: string }
  | {
      readonly provider: "http";
      readonly url: string;
      readonly everyMs: number;
      readonly timeoutMs: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly provider: "dns";
      readonly name: string;
      readonly type: "address" | "srv";
      /** Of `address`. */
      readonly port: number;
      /** Null: those of the settings. */
      readonly servers: readonly string[] | null;
      readonly leastMs: number;
      readonly mostMs: number;
    }
  | {
      readonly provider: "consul";
      readonly url: string;
      readonly service: string;
      readonly tag: string | null;
      readonly datacenter: string | null;
      readonly token: string | null;
    }
  | {
      readonly provider: "etcd";
      readonly urls: readonly string[];
      readonly prefix: string;
      readonly user: string | null;
      readonly password: string | null;
    }
  | {
      readonly provider: "kubernetes";
      readonly service: string;
      readonly namespace: string | null;
      readonly port: string | number | null;
      readonly url: string | null;
      readonly tokenFile: string | null;
      readonly caFile: string | null;
    }
  | { readonly provider: "docker"; readonly socket: string; readonly upstream: string }
  | { readonly provider: "redis"; readonly url: string; readonly prefix: string; readonly refreshMs: number }
  | {
      readonly provider: "nats";
      readonly servers: readonly string[];
      readonly bucket: string;
      readonly prefix: string;
      readonly token: string | null;
    };
