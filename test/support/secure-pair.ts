/** Two of our own connections with TLS between them, each with an owner that keeps what it is told. */
import type { Connection } from "../../src/io/connection.ts";
import { createTlsContext, type TlsContext, type TlsContextOptions } from "../../src/io/tls-context.ts";
import { startTls, type TlsRole } from "../../src/io/tls-layer.ts";
import { RecordTail } from "../../src/protocol/tls/record-tail.ts";
import { pem } from "./certificates.ts";
import { connectionPair, type RecordingOwner } from "./connection-pair.ts";
import { eventually } from "./eventually.ts";

export interface SecurePair extends Disposable {
  readonly client: RecordingOwner;
  readonly server: RecordingOwner;
  /** `secured`, or the cause of the failure; null until then. */
  readonly outcomes: { client: string | null; server: string | null };
}

export interface PairOptions {
  readonly client?: Partial<Extract<TlsRole, { side: "client" }>>;
  readonly server?: Partial<Extract<TlsRole, { side: "server" }>>;
}

export function contextOf(options: Partial<TlsContextOptions> = {}): TlsContext {
  const made = createTlsContext({ minVersion: "TLSv1.2", ciphers: CIPHERS, ...options });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

export async function securePair(options: PairOptions = {}): Promise<SecurePair> {
  const { near, far, [Symbol.dispose]: dispose } = await connectionPair();
  const pair: SecurePair = {
    client: near,
    server: far,
    outcomes: { client: null, server: null },
    [Symbol.dispose]: dispose,
  };
  begin(far.connection, serverRole(options), (outcome) => (pair.outcomes.server = outcome));
  begin(near.connection, clientRole(options), (outcome) => (pair.outcomes.client = outcome));
  await eventually(
    () => pair.outcomes.client !== null && pair.outcomes.server !== null,
    "the end of a handshake",
  );
  return pair;
}

function begin(connection: Connection, role: TlsRole, settle: (outcome: string) => void): void {
  startTls(connection, role, null, new RecordTail(), {
    onSecured: () => settle("secured"),
    onTlsFailure: settle,
  });
}

function serverRole({ server }: PairOptions): TlsRole {
  const context = contextOf({ cert: pem("shop-chain.crt"), key: pem("shop.key") });
  return { side: "server", context, alpn: HTTP_1, clientCertificate: "off", ...server };
}

function clientRole({ client }: PairOptions): TlsRole {
  return {
    side: "client",
    context: contextOf({ ca: [pem("root.crt")] }),
    alpn: HTTP_1,
    serverName: "shop.example",
    verify: true,
    session: null,
    onSession: () => {},
    ...client,
  };
}

export const CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
const HTTP_1 = "\x08http/1.1";
