/**
 * TLS of an address: the certificates of all servers there, those of the default first, as clients that name nobody get
 * them. What is agreed on follows Mozilla's profiles.
 */
import { isAbsolute } from "node:path";
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { ListenerTlsDraft } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";

/**
 * Null after a note: without a certificate nobody can be served.
 * @param scopes of the servers of one address, the default first
 * @param listen where the note stands
 */
export function readTls(
  scopes: readonly Scope[],
  listen: Directive,
  findings: Findings,
): ListenerTlsDraft | null {
  const pairs = new Map<string, { cert: string; key: string }>();
  for (const scope of scopes) {
    // It shows none to anybody.
    if (refusesHandshakes(scope)) continue;
    for (const pair of pairsOf(scope, findings)) pairs.set(JSON.stringify(pair), pair);
  }
  if (pairs.size === 0) {
    const message = "no certificate of it can be carried over, so this listener speaks without TLS";
    findings.note("convert.not_carried", listen.head, message);
    return null;
  }
  return {
    certificates: [...pairs.values()],
    ...(scopes[0] !== undefined && refusesHandshakes(scopes[0]) ? { unknown_name: "refuse" } : {}),
    ...(isModern(scopes, findings) ? { profile: "modern" } : {}),
  };
}

function refusesHandshakes(scope: Scope): boolean {
  const directive = scope.inForce("ssl_reject_handshake");
  return directive !== null && argument(directive, 0) === "on";
}

/** nginx takes the first key for the first certificate, and so on. */
function pairsOf(scope: Scope, findings: Findings): { cert: string; key: string }[] {
  const keys = scope.inherited("ssl_certificate_key");
  return scope.inherited("ssl_certificate").flatMap((certificate, index) => {
    const key = keys[index];
    if (key === undefined) {
      findings.note("convert.not_carried", certificate.head, "it has no key, and is not served");
      return [];
    }
    const usable = [certificate, key].every((each) => isFile(each, findings));
    return usable ? [{ cert: argument(certificate, 0), key: argument(key, 0) }] : [];
  });
}

function isFile(directive: Directive, findings: Findings): boolean {
  const path = argument(directive, 0);
  const label = quoted(directive.label);
  if (/^(?:data|engine|store):|\$/.test(path)) {
    findings.note(
      "convert.not_carried",
      directive.head,
      `${label}: only files are read, by names that do not change`,
    );
    return false;
  }
  if (!isAbsolute(path)) {
    const message = `${label}: nginx looks in its own folder, and Portward beside the file that has the configuration`;
    findings.note("convert.differs", directive.head, message);
  }
  return true;
}

/** Of one address nginx takes the default server's. */
function isModern(scopes: readonly Scope[], findings: Findings): boolean {
  const [first = null] = scopes.map((scope) => scope.inForce("ssl_protocols"));
  if (first === null) return false;
  const versions = first.words.map(({ text }) => text);
  const old = versions.filter((each) => !/^TLSv1\.[23]$/.test(each));
  if (old.length > 0) {
    findings.note(
      "convert.differs",
      first.head,
      `${old.map(quoted).join(", ")}: not spoken; clients need TLS 1.2`,
    );
  }
  return versions.length === 1 && versions[0] === "TLSv1.3";
}
