/** Where traffic comes in. See ../model.ts. */
import type { Origin } from "./place.ts";
import type { TlsModel } from "./tls.ts";

export type Address =
  /** `host: null` is every address of the machine, IPv4 and IPv6. */
  | { readonly kind: "tcp"; readonly host: string | null; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ListenerModel {
  /** As written, or made from the address (`:5000`, `127.0.0.1:5000`). Unique. */
  readonly name: string;
  readonly address: Address;
  /** What its routes speak; all routes of a listener agree. */
  readonly protocol: ListenerProtocol;
  /** Null: what comes is in the clear, or is passed on as it is. */
  readonly tls: TlsModel | null;
  /** Whether trusted peers begin with a PROXY header. */
  readonly proxyProtocol: "off" | "accept" | "require";
  readonly origin: Origin;
}

/** `tls`: every connection is passed on by the name in its ClientHello. Beside http or tcp, some may be, too. */
export type ListenerProtocol = "http" | "tcp" | "tls";
