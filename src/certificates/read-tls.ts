/** All files that one `tls` names, read and looked at. The same for serving them, for watching and for `check`. */
import type { DiagnosticCode } from "../config/diagnostics/codes.ts";
import type { CertificateFiles, Origin, TlsModel, UpstreamTlsModel } from "../config/model.ts";
import type { FileAccess } from "../config/source/file-access.ts";
import { hasCrl, readCertificates } from "./pem.ts";
import { readFile } from "./read-file.ts";
import { type CertificatePair, readPair } from "./read-pair.ts";

export interface TlsFiles {
  /** In the order of the configuration. */
  readonly pairs: readonly LoadedPair[];
  /** PEM; null when clients are not asked for a certificate. */
  readonly clientCa: readonly string[] | null;
  readonly clientCrl: readonly string[];
}

export interface LoadedPair extends CertificatePair {
  readonly files: CertificateFiles;
}

export interface TlsFault {
  readonly code: DiagnosticCode;
  /** Begins with the file. */
  readonly message: string;
  readonly suggestion: string | null;
  readonly origin: Origin;
  /** Which key of the certificate's entry it is about; null for the whole `tls`. */
  readonly key: "cert" | "key" | null;
  readonly isError: boolean;
}

export interface ReadTls {
  /** Null after an error. */
  readonly files: TlsFiles | null;
  readonly faults: readonly TlsFault[];
}

export async function readTls(model: TlsModel, access: FileAccess): Promise<ReadTls> {
  const reader = new TlsReader(access);
  const pairs: LoadedPair[] = [];
  for (const files of model.certificates) {
    const pair = await reader.pair(files);
    if (pair !== null) pairs.push(pair);
  }
  const { clientAuth, origin } = model;
  const clientCa = clientAuth === null ? null : await reader.texts(clientAuth.ca, origin, caFault);
  const clientCrl = clientAuth === null ? [] : await reader.texts(clientAuth.crl, origin, crlFault);
  const failed = reader.faults.some(({ isError }) => isError);
  return { files: failed ? null : { pairs, clientCa, clientCrl }, faults: reader.faults };
}

export interface UpstreamTlsFiles {
  /** PEM; null for the CAs that browsers trust. */
  readonly ca: readonly string[] | null;
  readonly pair: LoadedPair | null;
}

export async function readUpstreamTls(
  model: Pick<UpstreamTlsModel, "certificate" | "ca" | "origin">,
  access: FileAccess,
): Promise<{ readonly files: UpstreamTlsFiles | null; readonly faults: readonly TlsFault[] }> {
  const reader = new TlsReader(access);
  const pair = model.certificate === null ? null : await reader.pair(model.certificate);
  const ca = model.ca === null ? null : await reader.texts(model.ca, model.origin, caFault);
  const failed = reader.faults.some(({ isError }) => isError);
  return { files: failed ? null : { pair, ca }, faults: reader.faults };
}

class TlsReader {
  readonly faults: TlsFault[] = [];
  readonly #access: FileAccess;

  constructor(access: FileAccess) {
    this.#access = access;
  }

  async pair(files: CertificateFiles): Promise<LoadedPair | null> {
    const { origin } = files;
    // It comes when it comes; what is there meanwhile, if anything, is no reason not to serve.
    if (files.obtainedFor !== null) return this.#obtained(files);
    const cert = await this.#text(files.cert, origin, "cert");
    const key = await this.#text(files.key, origin, "key");
    if (cert === null || key === null) return null;
    const pair = readPair(cert, key, files.passphrase);
    const found = pair.ok ? pair.value.warnings : [pair.error];
    for (const { file, message, ...rest } of found) {
      this.faults.push({
        ...rest,
        message: `${files[file]}: ${message}`,
        origin,
        key: file,
        isError: !pair.ok,
      });
    }
    return pair.ok ? { ...pair.value, files } : null;
  }

  async #obtained(files: CertificateFiles): Promise<LoadedPair | null> {
    const read = await readFile(this.#access, files.cert);
    if (!read.ok) return null;
    const text = new TextDecoder("latin1").decode(read.value);
    const pair = readPair(text, text, null);
    return pair.ok ? { ...pair.value, files } : null;
  }

  /** @param faultOf says what is wrong with a text, or null */
  async texts(
    paths: readonly string[],
    origin: Origin,
    faultOf: (text: string) => string | null,
  ): Promise<string[]> {
    const texts: string[] = [];
    for (const path of paths) {
      const text = await this.#text(path, origin, null);
      if (text === null) continue;
      const wrong = faultOf(text);
      if (wrong === null) texts.push(text);
      else this.#error("tls.malformed", `${path}: ${wrong}`, origin, null);
    }
    return texts;
  }

  async #text(path: string, origin: Origin, key: TlsFault["key"]): Promise<string | null> {
    const read = await readFile(this.#access, path);
    if (read.ok) return new TextDecoder("latin1").decode(read.value);
    this.#error("tls.unreadable", `${path}: ${read.error.reason}`, origin, key);
    return null;
  }

  #error(code: DiagnosticCode, message: string, origin: Origin, key: TlsFault["key"]): void {
    this.faults.push({ code, message, suggestion: null, origin, key, isError: true });
  }
}

function caFault(text: string): string | null {
  const certificates = readCertificates(text);
  return certificates.ok ? null : certificates.error;
}

function crlFault(text: string): string | null {
  return hasCrl(text) ? null : "it holds no CRL in PEM";
}
