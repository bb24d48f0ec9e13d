/** `tls` as written to the model: paths where they lie, and whatever is missing is told. */
import { diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { AcmeModel, CertificateFiles, ClientAuthModel, TlsModel, UpstreamTlsModel } from "../model.ts";
import type { TlsInput, UpstreamTlsInput } from "../schema/tls.ts";
import { type ConfigNode, itemsOf, valueAt } from "../source/config-node.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { acmeHome, certificatePlace, obtainedFiles } from "../values/acme-places.ts";
import { besideFile } from "./beside-file.ts";

export interface Authority {
  /** Null: nobody, or what is written of it is wrong. */
  readonly acme: AcmeModel | null;
  readonly isWritten: boolean;
}

/**
 * Null after findings.
 * @param authority who is asked for certificates
 */
export function buildTls(
  input: TlsInput,
  node: ConfigNode,
  authority: Authority,
  found: DiagnosticList,
): TlsModel | null {
  const before = found.errorCount;
  const { acme } = authority;
  const clientAuth = clientAuthOf(input, node, found);
  if (input.certificates === undefined && input.acme === undefined && !input.internal && !input.on_demand)
    found.add(noCertificate(node));
  if (input.acme !== undefined && !authority.isWritten) found.add(noAuthority(valueAt(node, "acme")!));
  // Where the authority itself is wrong, that is told already.
  const hasNoRule = acme === null ? !authority.isWritten : acme.onDemand === null;
  if (input.on_demand && hasNoRule) found.add(noRule(valueAt(node, "on_demand")!));
  reportWildcards(input.acme, node, acme, found);
  if (found.errorCount > before) return null;
  return {
    certificates: [...certificatesOf(input.certificates, node), ...obtainedOf(input.acme, node, acme)],
    internal: input.internal,
    onDemand:
      input.on_demand && acme?.onDemand != null ? { home: acmeHome(acme), hosts: acme.onDemand.hosts } : null,
    unknownName: input.unknown_name,
    profile: input.profile,
    clientAuth,
    handshakesPerSource: input.handshakes,
    hsts: hstsOf(input),
    origin: originOf(node),
  };
}

/**
 * TLS to an upstream's targets: null when none has it.
 * @param node of `tls`; undefined when it is not written
 */
export function buildUpstreamTls(
  input: UpstreamTlsInput | undefined,
  node: ConfigNode | undefined,
  place: Place,
  hasTls: boolean,
  found: DiagnosticList,
): UpstreamTlsModel | null {
  if (!hasTls) {
    if (node !== undefined) found.add(uselessUpstreamTls(node));
    return null;
  }
  if (input === undefined || node === undefined) return { ...STANDARD_UPSTREAM_TLS, origin: originOf(place) };
  const skip = valueAt(node, "insecure_skip_verify");
  if (input.insecure_skip_verify) found.add(notVerified(skip ?? node));
  const certificate = valueAt(node, "certificate");
  return {
    ca: input.ca?.map((path) => besideFile(path, node)) ?? null,
    serverName: input.server_name ?? null,
    certificate:
      input.certificate === undefined ? null : certificateFiles(input.certificate, certificate ?? node),
    pins: input.pins ?? [],
    verify: !input.insecure_skip_verify,
    origin: originOf(node),
  };
}

function uselessUpstreamTls(node: ConfigNode) {
  const message = "no target of the upstream has TLS";
  const suggestion = "begin targets with `https://`, or `tls://` for tcp routes";
  return diagnose("config.not_applicable", node, message, { suggestion });
}

function notVerified(place: Place) {
  const message = "anybody on the way may pass for the target: its certificate is not verified";
  const suggestion = "name the target's CA in `ca`, or its key in `pins`";
  return diagnose("tls.not_verified", place, message, { suggestion });
}

/** The port whose requests are redirected here, or null. */
export function redirectPort({ https_only: httpsOnly }: TlsInput): number | null {
  if (httpsOnly === false) return null;
  return httpsOnly === true ? DEFAULT_HTTPS_ONLY.redirect_from : httpsOnly.redirect_from;
}

function certificatesOf(inputs: TlsInput["certificates"], node: ConfigNode): CertificateFiles[] {
  if (inputs === undefined) return [];
  const items = itemsOf(valueAt(node, "certificates")!);
  return inputs.map((input, index) => certificateFiles(input, items[index] ?? node));
}

function obtainedOf(names: TlsInput["acme"], node: ConfigNode, acme: AcmeModel | null): CertificateFiles[] {
  if (names === undefined || acme === null) return [];
  const list = valueAt(node, "acme")!;
  const items = itemsOf(list);
  return names.map((name, index) => {
    const file = certificatePlace(acmeHome(acme), name);
    return obtainedFiles(file, name, originOf(items[index] ?? list));
  });
}

function certificateFiles(
  { cert, key, passphrase }: NonNullable<TlsInput["certificates"]>[number],
  node: ConfigNode,
): CertificateFiles {
  return {
    cert: besideFile(cert, node),
    key: besideFile(key, node),
    passphrase: passphrase ?? null,
    source: "files",
    obtainedFor: null,
    names: [],
    origin: originOf(node),
  };
}

function clientAuthOf(input: TlsInput, node: ConfigNode, found: DiagnosticList): ClientAuthModel | null {
  const { client_auth: mode, client_ca: ca = [], client_crl: crl = [] } = input;
  if (mode === "off") {
    for (const key of ["client_ca", "client_crl"]) {
      const place = valueAt(node, key);
      if (place === undefined) continue;
      const message = `\`${key}\` has no effect: clients are not asked for a certificate`;
      const suggestion = "set `client_auth: request` or `require`";
      found.add(diagnose("config.not_applicable", place, message, { suggestion }));
    }
    return null;
  }
  if (ca.length === 0) {
    const message = "clients are asked for a certificate, and nothing says who must have signed it";
    const suggestion = "name the file of your CA in `client_ca`; public CAs sign for everybody";
    found.add(diagnose("config.missing_key", valueAt(node, "client_auth")!, message, { suggestion }));
  }
  return {
    mode,
    ca: ca.map((path) => besideFile(path, node)),
    crl: crl.map((path) => besideFile(path, node)),
  };
}

function noCertificate(node: ConfigNode) {
  const suggestion =
    "add `certificates: [{ cert: /etc/tls/shop.crt, key: /etc/tls/shop.key }]`, or for development `internal: on`";
  return diagnose("tls.no_certificate", node, "TLS needs a certificate, and none is named", { suggestion });
}

function noRule(place: Place) {
  const message = "nothing says for which names certificates may be obtained";
  const suggestion = 'add `on_demand: { hosts: "*.customers.example" }` to `settings.acme`';
  return diagnose("tls.no_certificate", place, message, { suggestion });
}

function noAuthority(place: Place) {
  const message = "nobody is asked for these certificates: there is no `settings.acme`";
  const suggestion = "add `settings: { acme: { storage: /var/lib/portward/acme } }`";
  return diagnose("tls.no_certificate", place, message, { suggestion });
}

/** RFC 8555 section 7.1.3: nothing that a host answers shows that all of a domain is ours. */
function reportWildcards(
  names: TlsInput["acme"],
  node: ConfigNode,
  acme: AcmeModel | null,
  found: DiagnosticList,
): void {
  if (acme === null || acme.dns !== null) return;
  const list = valueAt(node, "acme");
  for (const [index, name] of (names ?? []).entries()) {
    if (!name.startsWith("*.")) continue;
    const message = `authorities certify ${quoted(name)} only to those who can put records into its DNS`;
    const suggestion = "add `dns` with `exec` or `webhook` to `settings.acme`, or name each host";
    const place = itemsOf(list!)[index] ?? list!;
    found.add(diagnose("tls.no_certificate", place, message, { suggestion }));
  }
}

/** RFC 6797 section 6.1. */
function hstsOf({ https_only: httpsOnly }: TlsInput): string | null {
  if (httpsOnly === false) return null;
  const chosen = httpsOnly === true ? DEFAULT_HTTPS_ONLY : httpsOnly;
  const { max_age: maxAgeMs, subdomains, preload } = chosen;
  const parts = [`max-age=${Math.floor(maxAgeMs / 1000)}`];
  if (subdomains) parts.push("includeSubDomains");
  if (preload) parts.push("preload");
  return parts.join("; ");
}

const STANDARD_UPSTREAM_TLS = { ca: null, serverName: null, certificate: null, pins: [], verify: true };
const DEFAULT_HTTPS_ONLY = {
  redirect_from: 80,
  max_age: 8_760 * 3_600_000,
  subdomains: false,
  preload: false,
};
