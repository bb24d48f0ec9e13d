/** What routing sees of a request: host and path in the one spelling that is compared, the rest on demand. */
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import { type RequestHead, TARGET_FORM } from "../protocol/http/request-head.ts";
import { normalisePath } from "../routing/normalise-path.ts";
import type { RoutedRequest } from "../routing/router.ts";

export class RequestView implements RoutedRequest {
  readonly path: string;
  /** Whether the path was received in its normal form, so that it can go on byte for byte. */
  readonly isNormal: boolean;
  readonly #head: RequestHead;
  readonly #client: ClientIdentity;
  #host: string | null = null;

  private constructor(head: RequestHead, client: ClientIdentity, raw: string, path: string) {
    this.#head = head;
    this.#client = client;
    this.path = path;
    this.isNormal = path === raw;
  }

  /** Null when the path has no normal form (a malformed or forbidden escape). */
  static of(head: RequestHead, client: ClientIdentity): RequestView | null {
    const raw =
      head.targetStart < head.pathEnd
        ? head.fields.bytes.toString("latin1", head.targetStart, head.pathEnd)
        : "/";
    const path = normalisePath(raw);
    return path === null ? null : new RequestView(head, client, raw, path);
  }

  /** Lower-case, without port, and without the dot that makes a name absolute. */
  get host(): string {
    this.#host ??= hostForRouting(this.#head);
    return this.#host;
  }

  get query(): string {
    const head = this.#head;
    if (head.pathEnd + 1 >= head.targetEnd) return "";
    return head.fields.bytes.toString("latin1", head.pathEnd + 1, head.targetEnd);
  }

  get method(): string {
    return this.#head.method;
  }

  /** Of a client's certificate, what the handshake has shown; what it says of it itself does not count. */
  header(name: string): string | null {
    if (!CERTIFICATE_FIELDS.has(name)) return this.#head.fields.get(name);
    const { certificateFields, trusted } = this.#client;
    const own = certificateFields.find(([each]) => each.toLowerCase() === name);
    if (own !== undefined) return own[1];
    return trusted && certificateFields.length === 0 ? this.#head.fields.get(name) : null;
  }

  /** The call of gRPC-Web that a preflight asks about. */
  announcedCall(): RoutedRequest {
    const { host, path, query } = this;
    const header = (name: string) => (name === "content-type" ? ANNOUNCED_TYPE : this.header(name));
    return { host, path, query, method: "POST", header };
  }

  /** What goes upstream without a rewrite: null for the bytes as received, else the path that was matched. */
  forwardedTarget(): string | null {
    if (this.isNormal || this.#head.targetForm === TARGET_FORM.asterisk) return null;
    return this.query === "" ? this.path : `${this.path}?${this.query}`;
  }
}

const ANNOUNCED_TYPE = "application/grpc-web+proto";
const CERTIFICATE_FIELDS = new Set([
  "client-cert",
  "client-cert-chain",
  "x-client-cert-subject",
  "x-client-cert-san",
]);

function hostForRouting(head: RequestHead): string {
  const host = head.host().toLowerCase();
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
