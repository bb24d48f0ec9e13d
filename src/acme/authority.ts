/**
 * An authority that speaks ACME (RFC 8555), through the `acme-client` package, which is loaded when the first certificate
 * is asked for.
 */
import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../base/result.ts";
import type { AcmeModel } from "../config/model.ts";
import { challengeCertificate } from "./challenge-certificate.ts";
import { orderCertificate } from "./order.ts";
import { alpnSolver, httpSolver, type Solver } from "./solver.ts";
import type { AcmeStorage } from "./storage.ts";

export interface CertificateAuthority {
  /** Chain and key for one name, in PEM. Never rejects. */
  obtain(name: string): Promise<Result<string, AcmeProblem>>;
}

export interface AcmeProblem {
  readonly message: string;
  /** Not to be asked again before; 0 when it did not say. */
  readonly retryAfterMs: number;
}

export class AcmeAuthority implements CertificateAuthority {
  readonly #model: AcmeModel;
  readonly #storage: AcmeStorage;

  constructor(model: AcmeModel, storage: AcmeStorage) {
    this.#model = model;
    this.#storage = storage;
  }

  async obtain(name: string): Promise<Result<string, AcmeProblem>> {
    let retryAfterMs = 0;
    try {
      const acme = await this.#library();
      const heard = acme.axios.interceptors.response.use((answer) => {
        if (answer.status >= 400)
          retryAfterMs = Math.max(retryAfterMs, delayOf(answer.headers["retry-after"]));
        return answer;
      });
      try {
        return ok(await this.#order(acme, name));
      } finally {
        acme.axios.interceptors.response.eject(heard);
      }
    } catch (error) {
      return err({ message: await this.#messageOf(error), retryAfterMs });
    }
  }

  async #order(acme: Library, name: string): Promise<string> {
    const { directory, email } = this.#model;
    const makeKey = async () => (await acme.crypto.createPrivateEcdsaKey()).toString();
    const accountKey = await this.#storage.accountKey(makeKey);
    const client = new acme.Client({ directoryUrl: directory, accountKey, ...POLLING });
    const [key, csr] = await acme.crypto.createCsr(
      { commonName: name, altNames: [name] },
      await acme.crypto.createPrivateEcdsaKey(),
    );
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    // Whether the name leads here is for the authority to find out: seen from inside, it may lead elsewhere.
    const chain = await orderCertificate(client, { name, csr }, this.#solver());
    return `${chain.trimEnd()}\n${key.toString()}`;
  }

  #solver(): Solver {
    if (this.#model.challenge === "http-01") return httpSolver(this.#storage);
    return alpnSolver(this.#storage, (name, answer) => challengeCertificate(name, answer, Date.now()));
  }

  /** The library loses the cause when no answer comes at all, and fails over that itself; so we ask once more. */
  async #messageOf(error: unknown): Promise<string> {
    if (!(error instanceof Error)) return String(error);
    if (!(error instanceof TypeError)) return error.message || error.name;
    const { directory, ca } = this.#model;
    try {
      const tls = ca === null ? {} : { ca: await readFile(ca, "utf8") };
      const answer = await fetch(directory, { tls, signal: AbortSignal.timeout(REQUEST_MS) });
      return `the authority did not answer a request; now its directory has status ${answer.status}`;
    } catch (cause) {
      return `${directory}: ${(cause as Error).message}`;
    }
  }

  async #library(): Promise<Library> {
    const { default: acme } = await import("acme-client");
    const { Agent } = await import("node:https");
    const { ca } = this.#model;
    acme.axios.defaults.httpsAgent = ca === null ? undefined : new Agent({ ca: await readFile(ca, "utf8") });
    acme.axios.defaults.timeout = REQUEST_MS;
    // We have a pace of our own, and must not hold the lock for hours.
    Object.assign(acme.axios.defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 0 } });
    return acme;
  }
}

/** Seconds or a date (RFC 9110 section 10.2.3). */
function delayOf(field: unknown): number {
  if (typeof field !== "string") return 0;
  const ms = /^\d+$/.test(field) ? Number(field) * 1_000 : Date.parse(field) - Date.now();
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : 0;
}

type Library = typeof import("acme-client");

const REQUEST_MS = 30_000;
/** How the library asks whether an order is ready: 1 s, 2 s, 4 s, then every 8 s for about two minutes. */
const POLLING = { backoffAttempts: 18, backoffMin: 1_000, backoffMax: 8_000 };
const LONGEST_WAIT_MS = 7 * 86_400_000;
