/**
 * All certificates that a configuration serves or shows, each once, with where it is used and what can be said of it
 * without its key: for people and programs that ask what there is.
 */
import type { X509Certificate } from "node:crypto";
import { printable } from "../config/diagnostics/wording.ts";
import type {
  AcmeModel,
  CertificateFiles,
  CertificateSourceKind,
  Configuration,
  Origin,
} from "../config/model.ts";
import type { FileAccess } from "../config/source/file-access.ts";
import { acmeHome, certificatePlace, obtainedFiles } from "../config/values/acme-places.ts";
import { canonicalIp, canonicalName } from "../config/values/host-name.ts";
import { digest } from "./context-cache.ts";
import { signatureOf } from "./file-signature.ts";
import { readCertificates } from "./pem.ts";
import { readFile } from "./read-file.ts";
import { readPair } from "./read-pair.ts";

export interface InventoryEntry {
  /** What it is called: the name that it is obtained under, else the first that it is for, else its file. */
  readonly name: string;
  readonly source: CertificateSourceKind;
  /** Of the certificate, as configured. */
  readonly file: string;
  readonly listeners: readonly string[];
  /** Upstreams whose targets are shown it. */
  readonly upstreams: readonly string[];
  /** What it is good for, else what it is to be good for. */
  readonly names: readonly string[];
  /** Null: it is not there, or cannot be read or served. */
  readonly certificate: KnownCertificate | null;
  /** Why it is null. */
  readonly problem: string | null;
  /** It is null because nothing is there. */
  readonly isMissing: boolean;
}

export interface KnownCertificate extends ChainLink {
  /** `ECDSA P-256`, `RSA 2048`. */
  readonly key: string;
  /** The key's SHA-256 in base64, as `pins` take it. */
  readonly pin: string;
  readonly serial: string;
  readonly pem: string;
  /** Those that follow it, as clients get them. */
  readonly chain: readonly ChainLink[];
}

export interface ChainLink {
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly fingerprint: string;
}

/**
 * In the order of the configuration.
 * @param before what was known a moment ago, for whoever asks often
 * @param kept names of all that are obtained: those that no configuration names were asked for by clients
 */
export async function certificateInventory(
  { listeners, upstreams, settings }: Configuration,
  access: FileAccess,
  kept: readonly string[] = [],
  before: KnownFiles = new Map(),
): Promise<InventoryEntry[]> {
  const uses = new Map<string, Use>();
  for (const { name, tls } of listeners) {
    for (const files of tls?.certificates ?? []) useOf(uses, files).listeners.push(name);
  }
  for (const { name, tls } of upstreams) {
    if (tls?.certificate != null) useOf(uses, tls.certificate).upstreams.push(name);
  }
  const configured = new Set([...uses.values()].map(({ files }) => files.obtainedFor));
  const onDemand = listeners.filter(({ tls }) => tls?.onDemand != null);
  for (const name of kept.filter((each) => !configured.has(each))) {
    for (const { name: listener, origin } of onDemand) {
      useOf(uses, demandedFiles(name, settings.acme, origin)).listeners.push(listener);
    }
  }
  return Promise.all([...uses.values()].map((use) => entryOf(use, access, before)));
}

function demandedFiles(name: string, acme: AcmeModel | null, origin: Origin): CertificateFiles {
  const file = acme === null ? name : certificatePlace(acmeHome(acme), name);
  return obtainedFiles(file, name, origin);
}

/** Those that are called so, else those that are for that name, in whatever case or script it is written. */
export function certificatesNamed<T extends Pick<InventoryEntry, "name" | "names" | "file">>(
  entries: readonly T[],
  written: string,
): T[] {
  const called = entries.filter((each) => each.name === written || each.file === written);
  if (called.length > 0) return called;
  const name = canonical(written);
  const wildcard = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
  const isFor = (each: string) => [name, wildcard].includes(canonical(each));
  const alike = entries.filter((each) => canonical(each.name) === name);
  return alike.length > 0 ? alike : entries.filter(({ names }) => names.some(isFor));
}

function canonical(name: string): string {
  const [, star = "", rest = name] = /^(\*\.)(.*)$/s.exec(name) ?? [];
  return canonicalIp(name) ?? `${star}${canonicalName(rest) ?? rest}`;
}

type Known =
  | { readonly certificate: KnownCertificate; readonly names: readonly string[] }
  | { readonly certificate: null; readonly problem: string; readonly isMissing: boolean };

/** By files; no key is among it. */
export type KnownFiles = Map<string, { readonly signature: string; readonly known: Known }>;

interface Use {
  readonly files: CertificateFiles;
  readonly listeners: string[];
  readonly upstreams: string[];
}

function useOf(uses: Map<string, Use>, files: CertificateFiles): Use {
  const key = JSON.stringify([files.cert, files.key]);
  const use = uses.get(key) ?? { files, listeners: [], upstreams: [] };
  uses.set(key, use);
  return use;
}

async function entryOf(
  { files, listeners, upstreams }: Use,
  access: FileAccess,
  before: KnownFiles,
): Promise<InventoryEntry> {
  const { source, cert: file, obtainedFor } = files;
  const known = await knownSince(files, access, before);
  const names = known.certificate === null ? files.names : known.names;
  const { certificate, problem, isMissing } = { problem: null, isMissing: false, ...known };
  return {
    name: obtainedFor ?? names[0] ?? file,
    ...{ source, file, listeners: [...new Set(listeners)], upstreams, names },
    ...{ certificate, problem, isMissing },
  };
}

/** Reading keys and certificates costs half a millisecond; whether their files have changed is asked for a hundredth of that. */
async function knownSince(files: CertificateFiles, access: FileAccess, before: KnownFiles): Promise<Known> {
  const key = digest([files.cert, files.key, files.passphrase]);
  const signature = await signatureOf([files.cert, files.key]);
  const last = before.get(key);
  if (last?.signature === signature) return last.known;
  const known = await knownOf(files, access);
  // Those of configurations that are gone are let go with the rest.
  if (before.size >= MOST_KNOWN) before.clear();
  before.set(key, { signature, known });
  return known;
}

/** Or what keeps it from being known. */
async function knownOf({ cert, key, passphrase }: CertificateFiles, access: FileAccess): Promise<Known> {
  const texts: string[] = [];
  for (const path of [cert, key]) {
    const read = await readFile(access, path);
    if (!read.ok) return unknown(`${path}: ${read.error.reason}`, read.error.kind === "missing");
    texts.push(new TextDecoder("latin1").decode(read.value));
  }
  const pair = readPair(texts[0]!, texts[1]!, passphrase);
  if (!pair.ok) return unknown(`${pair.error.file === "cert" ? cert : key}: ${pair.error.message}`, false);
  const { leaf, certPem } = pair.value;
  const all = readCertificates(certPem);
  const chain = all.ok ? all.value.slice(1).map(linkOf) : [];
  const certificate = {
    ...linkOf(leaf),
    ...{ key: keyText(leaf), pin: pinOf(leaf), serial: leaf.serialNumber, pem: certPem, chain },
  };
  return { certificate, names: namesOf(leaf) };
}

function unknown(problem: string, isMissing: boolean): Known {
  return { certificate: null, problem, isMissing };
}

function linkOf(certificate: X509Certificate): ChainLink {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256,
  };
}

/** Whoever issued it has written this, and terminals take some characters for commands. */
function oneLine(name: string | undefined): string {
  return printable((name ?? "").trim().split("\n").join(", "));
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  const entries = (subjectAltName ?? "").split(", ");
  const texts = entries.flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
  // `0:0:0:0:0:0:0:1` is how the library writes ::1.
  return texts.map((text) => printable(canonicalIp(text) ?? text));
}

function keyText({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === "rsa") return `RSA ${details?.modulusLength}`;
  const curve = details?.namedCurve ?? "";
  return type === "ec" ? `ECDSA ${CURVES[curve] ?? curve}` : String(type);
}

function pinOf({ publicKey }: X509Certificate): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return new Bun.CryptoHasher("sha256").update(der).digest("base64");
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};
const MOST_KNOWN = 50_000;
