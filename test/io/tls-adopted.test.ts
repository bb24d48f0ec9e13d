/** TLS on connections that another process has accepted, and over which the client's first bytes have come already. */
import { expect, test } from "bun:test";
import tls from "node:tls";
import { adoptDescriptor } from "../../src/io/adopt.ts";
import type { Connection, ConnectionHandler } from "../../src/io/connection.ts";
import { openListening } from "../../src/io/listening-descriptor.ts";
import { posix } from "../../src/io/posix.ts";
import { startTls } from "../../src/io/tls-layer.ts";
import { RecordTail } from "../../src/protocol/tls/record-tail.ts";
import { pem } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { contextOf } from "../support/secure-pair.ts";

const calls = posix!;

test.skipIf(posix === null)(
  "a descriptor that was accepted elsewhere speaks TLS like any other",
  async () => {
    const set = openListening(calls, { kind: "tcp", host: "127.0.0.1", port: 0 }, 1);
    if (!set.ok) throw new Error(set.error);
    const [listener] = set.value.descriptors;
    const { port } = set.value.address as { port: number };
    const client = tls.connect({ host: "127.0.0.1", port, servername: "shop.example", ca: pem("root.crt") });
    let received = "";
    client.on("data", (chunk: Buffer) => {
      received += chunk;
    });
    client.on("secureConnect", () => client.write("hello"));
    const descriptor = await accepted(listener!);
    await eventually(
      () => calls.recv(descriptor, PEEKED, 1, MSG_PEEK | MSG_DONTWAIT) === 1,
      "the ClientHello",
    );
    await adoptDescriptor(descriptor, (connection) => new Greeter(connection));
    await eventually(() => received === "got hello", "the answer");
    expect(client.authorized).toBe(true);
    client.end();
    await new Promise((closed) => client.on("close", closed));
    calls.close(listener!);
  },
);

async function accepted(listener: number): Promise<number> {
  const found: number[] = [];
  const accept = () => calls.accept4(listener, null, null, SOCK_NONBLOCK);
  await eventually(() => {
    const descriptor = accept();
    if (descriptor >= 0) found.push(descriptor);
    return found.length > 0;
  }, "a connection");
  return found[0]!;
}

/** Puts TLS on with the first bytes, and answers what comes then. */
class Greeter implements ConnectionHandler {
  readonly #connection: Connection;
  #secure = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  onData(chunk: Buffer): void {
    if (this.#secure) {
      this.#connection.send(Buffer.from(`got ${chunk}`));
      return;
    }
    this.#secure = true;
    const context = contextOf({ cert: pem("shop-chain.crt"), key: pem("shop.key") });
    const role = { side: "server", context, alpn: "", clientCertificate: "off" } as const;
    startTls(this.#connection, role, chunk, new RecordTail(), { onSecured() {}, onTlsFailure() {} });
  }

  onEnd(): void {
    this.#connection.close();
  }

  onBlocked(): void {}
  onDrain(): void {}
  onClose(): void {}
}

const SOCK_NONBLOCK = 0x800;
const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
const PEEKED = new Uint8Array(1);
