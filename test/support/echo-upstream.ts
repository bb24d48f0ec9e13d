/**
 * An upstream over node:net that answers each request with what it received, spelled as it was received: servers that
 * parse the target would hide what the proxy sent. Requests have no body, or one with Content-Length.
 */
import type { AddressInfo, ListenOptions } from "node:net";
import net from "node:net";
import { RawPeer } from "./raw-peer.ts";

/** The body of each answer. */
export interface Echo {
  /** Which upstream answered. */
  readonly name: string;
  readonly method: string;
  readonly target: string;
  /** Lower-case names, in order of arrival; a repeated one counts twice. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export class EchoUpstream implements AsyncDisposable {
  readonly name: string;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  requests = 0;

  private constructor(name: string) {
    this.name = name;
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async start(name: string, where: ListenOptions = { host: "127.0.0.1" }): Promise<EchoUpstream> {
    const upstream = new EchoUpstream(name);
    await new Promise<void>((resolve, reject) => {
      upstream.#server.once("error", reject);
      upstream.#server.listen(where.path === undefined ? { port: 0, ...where } : where, resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: net.Socket): void {
    let unread = "";
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      unread += chunk.toString("latin1");
      for (let next = this.#answer(unread, socket); next !== null; next = this.#answer(unread, socket))
        unread = next;
    });
  }

  /** Answers the first request in `text` and gives the rest; null when it is not whole. */
  #answer(text: string, socket: net.Socket): string | null {
    const headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) return null;
    const [requestLine, ...lines] = text.slice(0, headEnd).split("\r\n");
    const [method, target] = requestLine!.split(" ") as [string, string];
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    const bodyLength = Number(fields.find(([name]) => name === "content-length")?.[1] ?? 0);
    const end = headEnd + 4 + bodyLength;
    if (text.length < end) return null;
    this.requests++;
    const body = JSON.stringify({ name: this.name, method, target, fields } satisfies Echo);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    socket.write(method === "HEAD" ? head : head + body);
    return text.slice(end);
  }
}

export interface Asked {
  readonly status: number;
  /** Lower-case names; the last one counts. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as an echo, if it is one. */
  readonly echo: Echo;
}

/** Sends one request, written out by the test down to its bytes, and reads an answer that has Content-Length. */
export async function ask(client: RawPeer, requestLine: string, ...lines: string[]): Promise<Asked> {
  client.clear();
  client.send([requestLine, ...lines, "", ""].join("\r\n"));
  const head = await client.until(/\r\n\r\n/);
  const [statusLine, ...rest] = head.slice(0, head.indexOf("\r\n\r\n")).split("\r\n");
  const fields = Object.fromEntries(
    rest.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.replace(/^[^:]*: */, "")]),
  );
  const length = Number(fields["content-length"] ?? 0);
  const received = await client.until(new RegExp(`\\r\\n\\r\\n[^]{${length}}$`));
  const body = received.slice(received.indexOf("\r\n\r\n") + 4);
  const echo = body.startsWith('{"name"')
    ? JSON.parse(body)
    : { name: "", method: "", target: "", fields: [] };
  return { status: Number(statusLine!.split(" ")[1]), fields, body, echo };
}

/** As `ask`, on a connection of its own. */
export async function askOnce(port: number, requestLine: string, ...lines: string[]): Promise<Asked> {
  using client = await RawPeer.connect(port);
  return await ask(client, requestLine, ...lines);
}

/** The value of a field in an echo, several of them joined; undefined when the upstream did not get it. */
export function fieldOf({ fields }: Echo, name: string): string | undefined {
  const values = fields.filter(([each]) => each === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(" | ");
}
