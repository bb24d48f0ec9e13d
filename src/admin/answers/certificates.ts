/** Certificates with what those who see to them say: in no field is there anything of a key but its kind and its hash. */
import type { KeptCertificate } from "../../acme/kept-certificate.ts";
import type { ChainLink, InventoryEntry, KnownCertificate } from "../../certificates/inventory.ts";
import type { CertificateView } from "../views.ts";

/** @param kept of all keepers; those of files have none */
export function certificateViews(
  entries: readonly InventoryEntry[],
  kept: readonly KeptCertificate[],
  nowMs: number,
): CertificateView[] {
  const byName = new Map(kept.map((each) => [each.name, each]));
  return entries.map((entry) => {
    const { name, source, file, listeners, upstreams, names, certificate, problem } = entry;
    const keeper = source === "files" ? undefined : byName.get(name);
    const last = keeper?.problem ?? null;
    return {
      ...{ name, source, file },
      ...{ listeners: [...listeners], upstreams: [...upstreams], names: [...names] },
      state: stateOf(entry, keeper, nowMs),
      ...(certificate === null ? NOTHING_KNOWN : knownView(certificate)),
      problem,
      next_renewal: keeper === undefined ? null : timeOf(Math.max(keeper.dueMs, nowMs)),
      failures: keeper?.failures ?? 0,
      last_failure: last === null ? null : { at: timeOf(last.atMs), message: last.message },
    };
  });
}

function stateOf(
  { certificate, source, isMissing }: InventoryEntry,
  keeper: KeptCertificate | undefined,
  nowMs: number,
): CertificateView["state"] {
  if (keeper?.state === "ordering") return "ordering";
  // What is obtained is not there yet; whether it is, may be hidden from whoever asks.
  if (certificate === null) return source !== "files" && isMissing ? "missing" : "unusable";
  if (certificate.notAfterMs <= nowMs) return "expired";
  return certificate.notBeforeMs > nowMs ? "not_yet_valid" : "good";
}

function knownView(certificate: KnownCertificate) {
  const { key, pin, serial, chain, pem } = certificate;
  return { ...linkView(certificate), key, pin, serial, chain: chain.map(linkView), pem };
}

function linkView({ subject, issuer, notBeforeMs, notAfterMs, fingerprint }: ChainLink) {
  const [not_before, not_after] = [timeOf(notBeforeMs), timeOf(notAfterMs)];
  return { subject, issuer, not_before, not_after, fingerprint };
}

function timeOf(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

const NOTHING_KNOWN = {
  subject: null,
  issuer: null,
  not_before: null,
  not_after: null,
  fingerprint: null,
  key: null,
  pin: null,
  serial: null,
  chain: [],
  pem: null,
};
