/** The certificates of one listener, exchanged in place when their files change. */
import type { TlsModel } from "../config/model.ts";
import type { CertificateSource, ServedCertificate } from "../downstream/entrance-snapshot.ts";
import type { TlsContext } from "../io/tls-context.ts";
import { CertificateChoice } from "../protocol/tls/certificate-choice.ts";
import type { ClientHello } from "../protocol/tls/client-hello.ts";
import type { LoadedPair } from "./read-tls.ts";

export class LiveCertificates implements CertificateSource {
  readonly model: TlsModel;
  /** Of the files, when they were read. */
  signature: string;
  pairs: readonly LoadedPair[] = [];
  contexts: readonly TlsContext[] = [];
  #choice: CertificateChoice<ServedCertificate>;

  constructor(model: TlsModel, loaded: readonly [LoadedPair, TlsContext][], signature: string) {
    this.model = model;
    this.signature = signature;
    this.#choice = this.#choiceOf(loaded);
  }

  choose(hello: ClientHello): ServedCertificate | null {
    return this.#choice.choose(hello);
  }

  use(loaded: readonly [LoadedPair, TlsContext][]): void {
    this.#choice = this.#choiceOf(loaded);
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
