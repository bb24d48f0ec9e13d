/** This machine as an authority: issues at once whatever the configuration asks of it, and says what has to be issued anew. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { ok, type Result } from "../../base/result.ts";
import type { AcmeProblem, CertificateAuthority } from "../authority.ts";
import { renewalMs } from "../renewal-times.ts";
import { SKEW_MS } from "./internal-root.ts";
import type { MadePair } from "./make-certificates.ts";

export class InternalAuthority implements CertificateAuthority {
  readonly #root: MadePair;
  readonly #certificate: X509Certificate;
  readonly #lifetimeMs: number;
  readonly #names: ReadonlyMap<string, readonly string[]>;
  readonly #wallMs: () => number;

  /** @param names that each certificate is to be good for, by what it is kept under */
  constructor(
    root: MadePair,
    lifetimeMs: number,
    names: ReadonlyMap<string, readonly string[]>,
    wallMs: () => number,
  ) {
    this.#root = root;
    this.#certificate = new X509Certificate(root.certificate);
    this.#lifetimeMs = lifetimeMs;
    this.#names = names;
    this.#wallMs = wallMs;
  }

  async obtain(label: string): Promise<Result<string, AcmeProblem>> {
    const { makeLeaf } = await import("./make-certificates.ts");
    const nowMs = this.#wallMs();
    // Clients compare with their own clocks; a lifetime of minutes must not be eaten up by that.
    const skewMs = Math.min(SKEW_MS, this.#lifetimeMs / 10);
    const rootEndMs = this.#certificate.validToDate.getTime();
    const life = { fromMs: nowMs - skewMs, toMs: Math.min(nowMs + this.#lifetimeMs, rootEndMs) };
    const { certificate, key } = await makeLeaf(this.#root, this.#names.get(label) ?? [label], life);
    return ok(`${certificate}${key}`);
  }

  /** Whether what is kept can be served on: whole, of this root, for these names, and not due. */
  isGood(label: string, text: string): boolean {
    try {
      const leaf = new X509Certificate(text);
      const [fromMs, toMs] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
      const nowMs = this.#wallMs();
      return (
        leaf.verify(this.#certificate.publicKey) &&
        leaf.checkPrivateKey(createPrivateKey(text)) &&
        (this.#names.get(label) ?? [label]).every((name) => isFor(leaf, name)) &&
        fromMs <= nowMs &&
        nowMs < renewalMs({ fromMs, toMs }, 0)
      );
    } catch {
      return false;
    }
  }
}

function isFor(leaf: X509Certificate, name: string): boolean {
  // One label in the place of the wildcard: it is asked for a host, and never for a pattern.
  const host = name.replace("*", "any");
  return leaf.checkHost(host, { subject: "never" }) !== undefined || leaf.checkIP(name) !== undefined;
}
