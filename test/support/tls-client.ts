/** A client over node:tls: one connection, the answers as text, and what it was shown. Every wait is bounded. */
import tls from "node:tls";
import { pem } from "./certificates.ts";
import { eventually } from "./eventually.ts";

export interface ClientOptions extends tls.ConnectionOptions {
  readonly port: number;
}

export class TlsClient implements Disposable {
  readonly socket: tls.TLSSocket;
  received = "";
  ended = false;
  closed = false;
  secured = false;
  /** The code or message of what went wrong. */
  error: string | null = null;
  session: Buffer | null = null;
  /** What was agreed on, and the certificate in DER, of the moment when it was: afterwards the peer may be gone. */
  alpn: string | null = null;
  certificate: Buffer | null = null;

  private constructor(options: ClientOptions) {
    this.socket = tls.connect({
      host: "127.0.0.1",
      servername: "shop.example",
      ca: pem("root.crt"),
      ...options,
    });
    this.socket.on("secureConnect", () => {
      this.secured = true;
      this.alpn = this.socket.alpnProtocol || null;
      this.certificate = this.socket.getPeerCertificate()?.raw ?? null;
    });
    this.socket.on("session", (session) => {
      this.session = session;
    });
    this.socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
    });
    this.socket.on("end", () => {
      this.ended = true;
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error ??= error.code ?? error.message;
    });
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Resolves when the handshake is over, whichever way. */
  static async connect(options: ClientOptions): Promise<TlsClient> {
    const client = new TlsClient(options);
    await eventually(() => client.secured || client.closed, "the end of a handshake");
    return client;
  }

  /** The whole answer's head and body, for an answer with Content-Length. */
  async ask(...lines: readonly string[]): Promise<string> {
    const before = this.received.length;
    this.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    await eventually(() => isWhole(this.received.slice(before)) || this.closed, "an answer");
    return this.received.slice(before);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** The status of the answer to a GET, and its body; `error` in place of both when the connection came to nothing. */
export async function tlsGet(
  options: ClientOptions,
  host = "shop.example",
  ...lines: readonly string[]
): Promise<{ status: number; head: string; body: string; error: string | null }> {
  using client = await TlsClient.connect(options);
  const answer = client.secured ? await client.ask("GET / HTTP/1.1", `Host: ${host}`, ...lines) : "";
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1] ?? 0), head, body, error: client.error };
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? "0";
  return end >= 0 && answer.length >= end + 4 + Number(length);
}
