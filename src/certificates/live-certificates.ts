/** The certificates of one listener, exchanged in place when their files change. */
import type { TlsModel } from "../config/model.ts";
import type { CertificateSource, ServedCertificate } from "../downstream/entrance-snapshot.ts";
import type { TlsContext } from "../io/tls-context.ts";
import { CertificateChoice } from "../protocol/tls/certificate-choice.ts";
import type { ClientHello } from "../protocol/tls/client-hello.ts";
import type { DemandedCertificates, SharedOptions } from "./demanded-certificates.ts";
import type { LoadedPair } from "./read-tls.ts";

export interface LoadedTls {
  readonly contexts: readonly [LoadedPair, TlsContext][];
  /** What all of them have in common. */
  readonly shared: SharedOptions;
}

export class LiveCertificates implements CertificateSource {
  readonly model: TlsModel;
  /** Of the files, when they were read. */
  signature: string;
  pairs: readonly LoadedPair[] = [];
  contexts: readonly TlsContext[] = [];
  #choice: CertificateChoice<ServedCertificate>;
  #shared: SharedOptions;
  readonly demanded: DemandedCertificates | null;

  constructor(model: TlsModel, loaded: LoadedTls, signature: string, demanded: DemandedCertificates | null) {
    this.model = model;
    this.signature = signature;
    this.demanded = demanded;
    this.#shared = loaded.shared;
    this.#choice = this.#choiceOf(loaded.contexts);
  }

  /** From now on it serves. */
  begin(): void {
    this.demanded?.suit(this.#shared);
  }

  choose(hello: ClientHello): ServedCertificate | null {
    const { serverName } = hello;
    const demanded = this.demanded;
    if (demanded === null || serverName === null || this.#choice.covers(serverName))
      return this.#choice.choose(hello);
    return demanded.allows(serverName) ? demanded.of(serverName) : this.#choice.choose(hello);
  }

  use({ contexts, shared }: LoadedTls): void {
    this.#choice = this.#choiceOf(contexts);
    this.#shared = shared;
    this.begin();
  }

  #choiceOf(loaded: readonly [LoadedPair, TlsContext][]): CertificateChoice<ServedCertificate> {
    // The keys are in the contexts by now; nothing here needs them any more.
    this.pairs = loaded.map(([pair]) => ({ ...pair, keyPem: "" }));
    this.contexts = loaded.map(([, context]) => context);
    const named = loaded.map(([{ names, key }, context]) => ({ names, key, value: { context, names } }));
    const isDefault = ({ names }: { names: readonly string[] }) => isSameSite(names, named[0]!.names);
    return new CertificateChoice(named, this.model.unknownName === "refuse" ? [] : named.filter(isDefault));
  }
}

/** The ECDSA and the RSA certificate of one name are one default. */
function isSameSite(names: readonly string[], first: readonly string[]): boolean {
  return names === first || names.some((name) => first.includes(name));
}
