/**
 * What the authority of this machine is to certify: every host of the routes of a listener with `tls: internal`, and one
 * certificate for this machine, which is what clients get that ask for no name (as for an address).
 */
import { createHash } from "node:crypto";
import type { CertificateFiles, Configuration, InternalCaModel, ListenerModel, TlsModel } from "../model.ts";
import { certificatePlace } from "../values/acme-places.ts";
import { canonicalIp } from "../values/host-name.ts";

export function certifiedHere(configuration: Configuration): Configuration {
  const { settings, listeners, routes } = configuration;
  const ca = settings.internalCa;
  const isUsed = listeners.some(({ tls }) => tls?.internal);
  // Where nobody uses it, its place is no part of what the configuration means.
  if (!isUsed || ca === null) return { ...configuration, settings: { ...settings, internalCa: null } };
  const certified = listeners.map((listener) => {
    if (!listener.tls?.internal) return listener;
    const hosts = routes.flatMap((route) =>
      route.kind === "http" && route.listeners.includes(listener.name) ? route.match.hosts : [],
    );
    return { ...listener, tls: withCertificates(listener.tls, hosts, listener, ca) };
  });
  return { ...configuration, listeners: certified };
}

function withCertificates(
  tls: TlsModel,
  hosts: readonly string[],
  { address }: ListenerModel,
  ca: InternalCaModel,
): TlsModel {
  const all = [...new Set(hosts)].sort();
  const own = address.kind === "tcp" && address.host !== null ? [address.host] : [];
  const addresses = [...own, ...all].flatMap((host) => canonicalIp(host) ?? []).filter(isOneMachine);
  const names = all.filter((host) => canonicalIp(host) === null && host !== "localhost");
  const file = (label: string, names: readonly string[]): CertificateFiles => {
    const path = certificatePlace(ca.storage, label);
    const { origin } = tls;
    return { cert: path, key: path, passphrase: null, source: "internal", obtainedFor: label, names, origin };
  };
  const here = [...new Set([...THIS_MACHINE, ...addresses])];
  const certificates = [file(labelOf(here), here), ...names.map((name) => file(name, [name]))];
  return { ...tls, certificates: [...tls.certificates, ...certificates] };
}

/** An address with a zone is none that a certificate can name, and wildcard addresses are nobody's. */
function isOneMachine(address: string): boolean {
  return address !== "0.0.0.0" && address !== "::" && !address.includes("%");
}

/** With other addresses it is another certificate. No host is called so. */
function labelOf(names: readonly string[]): string {
  if (names.length === THIS_MACHINE.length) return "localhost";
  const digest = createHash("sha256").update(names.toSorted().join()).digest("hex");
  return `localhost+${digest.slice(0, 8)}`;
}

const THIS_MACHINE = ["localhost", "127.0.0.1", "::1"];
