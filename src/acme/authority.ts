/** An authority that speaks ACME (RFC 8555). */
import { readFile } from "node:fs/promises";
import type { Client } from "acme-client";
import { err, ok, type Result } from "../base/result.ts";
import type { AcmeModel } from "../config/model.ts";
import { connectionWords } from "../discovery/connection-words.ts";
import { challengeCertificate } from "./challenge-certificate.ts";
import { createDnsSolver } from "./dns/dns-solver.ts";
import type { Heard } from "./heard.ts";
import { createClient, type Library, type OpenLibrary, openLibrary, REQUEST_MS } from "./library.ts";
import { orderCertificate } from "./order.ts";
import { RenewalInfo } from "./renewal-info.ts";
import { alpnSolver, httpSolver, type Solver } from "./solver.ts";
import type { AcmeStorage } from "./storage.ts";

export interface CertificateAuthority {
  /** Chain and key for one name, in PEM. Never rejects. */
  obtain(name: string): Promise<Result<string, AcmeProblem>>;
  /**
   * Has clients told that it is no good any more (RFC 8555 section 7.6). Absent: there is nobody to tell them.
   * @param certificate PEM @param reason of RFC 5280 section 5.3.1
   */
  revoke?(certificate: string, reason: number): Promise<Result<null, AcmeProblem>>;
}

export interface AcmeProblem {
  readonly message: string;
  /** Not to be asked again before; 0 when it did not say. */
  readonly retryAfterMs: number;
  /** False: with another name it would be no better. */
  readonly isAboutName: boolean;
  /** It has been asked too much, by the account or for the name: it does not say which in a way that programs can tell. */
  readonly isLimit: boolean;
}

export class AcmeAuthority implements CertificateAuthority {
  readonly advisor: RenewalInfo;
  readonly #model: AcmeModel;
  readonly #storage: AcmeStorage;

  constructor(model: AcmeModel, storage: AcmeStorage) {
    this.#model = model;
    this.#storage = storage;
    this.advisor = new RenewalInfo(model, Date.now);
  }

  obtain(name: string): Promise<Result<string, AcmeProblem>> {
    return this.#asked(async ({ acme, heard }) => {
      const client = await this.#client(acme, heard);
      const [key, csr] = await acme.crypto.createCsr(
        { commonName: name, altNames: [name] },
        await acme.crypto.createPrivateEcdsaKey(),
      );
      const before = await this.#storage.certificate(name);
      const replaces = before === null ? null : await this.advisor.identify(before);
      heard.isAboutName = true;
      // Whether the name leads here is for the authority to find out: seen from inside, it may lead elsewhere.
      const chain = await orderCertificate(client, { name, csr, replaces }, this.#solver(name), heard);
      return `${chain.trimEnd()}\n${key.toString()}`;
    });
  }

  revoke(certificate: string, reason: number): Promise<Result<null, AcmeProblem>> {
    return this.#asked(async ({ acme, heard }) => {
      const client = await this.#client(acme, heard);
      await client.revokeCertificate(certificate, { reason });
      return null;
    });
  }

  async #asked<T>(ask: (open: OpenLibrary) => Promise<T>): Promise<Result<T, AcmeProblem>> {
    let heard: Heard | null = null;
    try {
      using open = await openLibrary(this.#model);
      heard = open.heard;
      return ok(await ask(open));
    } catch (error) {
      return err({
        message: await this.#messageOf(error),
        retryAfterMs: heard?.retryAfterMs ?? 0,
        isAboutName: heard?.isAboutName ?? false,
        isLimit: heard?.problem === "rateLimited",
      });
    }
  }

  /** With the account, which is made when there is none. */
  async #client(acme: Library, heard: Heard): Promise<Client> {
    const { directory, email, externalAccount } = this.#model;
    const makeKey = async () => (await acme.crypto.createPrivateEcdsaKey()).toString();
    const accountKey = await this.#storage.accountKey(makeKey);
    const client = createClient(acme, {
      directoryUrl: directory,
      accountKey,
      ...POLLING,
      ...(externalAccount === null
        ? {}
        : { externalAccountBinding: { kid: externalAccount.keyId, hmacKey: externalAccount.key } }),
    });
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    const account = await existingAccount(client, heard);
    if (account === null) await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    // Some authorities take an update in which nothing is new for an error.
    else if (email !== null && account.contact?.join() !== `mailto:${email}`)
      await client.updateAccount(contact);
    return client;
  }

  #solver(name: string): Solver {
    const { challenge, dns } = this.#model;
    // The configuration has seen to it that somebody is there to put records in place.
    if (challenge === "dns-01" || name.startsWith("*.")) return createDnsSolver(dns!, this.#storage);
    if (challenge === "http-01") return httpSolver(this.#storage);
    return alpnSolver(this.#storage, (host, answer) => challengeCertificate(host, answer, Date.now()));
  }

  /** The library loses the cause when no answer comes at all, and fails over that itself; so we ask once more. */
  async #messageOf(error: unknown): Promise<string> {
    if (!(error instanceof Error)) return String(error);
    if (!(error instanceof TypeError)) return error.message || error.name;
    const { directory, ca } = this.#model;
    try {
      const tls = ca === null ? {} : { ca: await readFile(ca, "utf8").catch(unreadable) };
      const answer = await fetch(directory, { tls, signal: AbortSignal.timeout(REQUEST_MS) });
      return `the authority did not answer a request; now its directory has status ${answer.status}`;
    } catch (cause) {
      return `${directory}: ${connectionWords(cause)}`;
    }
  }
}

function unreadable({ message }: Error): never {
  throw new Error(message);
}

async function existingAccount(client: Client, heard: Heard): Promise<Account | null> {
  try {
    return await client.createAccount({ onlyReturnExisting: true });
  } catch (error) {
    if (heard.problem !== "accountDoesNotExist") throw error;
    return null;
  }
}

type Account = Awaited<ReturnType<Client["createAccount"]>>;

/** How the library asks whether an order is ready: 1 s, 2 s, 4 s, then every 8 s for about two minutes. */
const POLLING = { backoffAttempts: 18, backoffMin: 1_000, backoffMax: 8_000 };
