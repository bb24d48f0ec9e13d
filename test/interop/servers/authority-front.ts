/**
 * In front of Pebble, for what that does not know: windows for renewals (RFC 9773), limits. It passes everything on under
 * its own name, by which Pebble then goes, and sees the orders that come by.
 */
import { certificatePath, pem } from "../../support/certificates.ts";
import type { Pebble } from "./pebble.ts";

export interface SeenOrder {
  readonly name: string;
  readonly replaces: string | null;
}

export class AuthorityFront implements AsyncDisposable {
  readonly orders: SeenOrder[] = [];
  readonly asked: string[] = [];
  /** The answer about a renewal; null: the directory does not offer any. */
  renewal: (() => object) | null = null;
  /** An answer to an order in place of Pebble's. */
  refuse: (order: SeenOrder) => Response | null = () => null;
  readonly #pebble: Pebble;
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(pebble: Pebble) {
    this.#pebble = pebble;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: { cert: pem("shop-chain.crt"), key: pem("shop.key") },
      fetch: (request) => this.#answer(request),
    });
  }

  get directory(): string {
    return `${this.#url}/dir`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  get #url(): string {
    return `https://127.0.0.1:${this.#server.port}`;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/renewal/")) return this.#advise(pathname);
    const body = request.method === "POST" ? await request.text() : null;
    const order = pathname === "/order-plz" ? orderOf(body!) : null;
    const refused = order === null ? null : this.refuse(order);
    const answer = refused ?? (await this.#pass(request, pathname, body));
    // Pebble refuses some nonces for the sake of it, and then the same order comes again.
    if (order !== null && (refused !== null || answer.status !== 400)) this.orders.push(order);
    if (refused !== null) return refused;
    if (pathname !== "/dir" || this.renewal === null) return answer;
    return Response.json({ ...((await answer.json()) as object), renewalInfo: `${this.#url}/renewal` });
  }

  #advise(pathname: string): Response {
    this.asked.push(pathname.slice("/renewal/".length));
    return Response.json(this.renewal!());
  }

  async #pass(request: Request, pathname: string, body: string | null): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("host", new URL(this.#url).host);
    headers.delete("accept-encoding");
    const answer = await fetch(new URL(pathname, this.#pebble.directory), {
      method: request.method,
      headers,
      body,
      tls: { ca: await Bun.file(certificatePath("root.crt")).text() },
    });
    return new Response(request.method === "HEAD" ? null : await answer.arrayBuffer(), {
      status: answer.status,
      headers: answer.headers,
    });
  }
}

/** Out of a signed request (RFC 7515 section 7.2.2). */
function orderOf(body: string): SeenOrder {
  const { payload } = JSON.parse(body) as { payload: string };
  const order = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
    identifiers: { value: string }[];
    replaces?: string;
  };
  return { name: order.identifiers[0]!.value, replaces: order.replaces ?? null };
}
