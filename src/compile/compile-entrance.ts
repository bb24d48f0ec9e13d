/** How connections of a listener begin, if there is anything to it: PROXY headers, TLS, TLS that is passed on. */
import type { Configuration, ListenerModel, TlsRouteModel } from "../config/model.ts";
import { acmeHome, challengesPlace } from "../config/values/acme-places.ts";
import type { CertificateSource, EntranceSnapshot, EntranceTls } from "../downstream/entrance-snapshot.ts";
import type { TcpSnapshot } from "../exchange/snapshot.ts";
import { challengeCertificates } from "../io/challenge-certificates.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import { createTrustCheck } from "../pipeline/trusted-proxies.ts";
import { TlsRoutes } from "../routing/tls-routes.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { tunnelSnapshot } from "./compile-snapshot.ts";

/** Null for a plain listener. */
export function compileEntrance(
  configuration: Configuration,
  listener: ListenerModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
  certificates: CertificateSource | null,
): EntranceSnapshot | null {
  const passed = tlsRoutesOf(configuration, listener, (route) =>
    tunnelSnapshot(configuration, listener, route, upstreams, meters),
  );
  if (listener.tls === null && listener.proxyProtocol === "off" && passed === null) return null;
  const { acme, limits, timeouts, trustedProxies } = configuration.settings;
  return Object.freeze({
    listener: listener.name,
    protocol: listener.protocol,
    connections: limits.connectionsPerListener,
    handshakeMs: timeouts.handshakeMs,
    proxyProtocol: listener.proxyProtocol,
    isTrusted: createTrustCheck(trustedProxies),
    tls: certificates === null ? null : entranceTls(listener, certificates, meters),
    passed,
    challenges: acme === null ? null : challengeCertificates(challengesPlace(acmeHome(acme))),
  });
}

/** Which connections of a listener are passed on; null when none are. */
export function tlsRoutesOf<T>(
  { routes }: Configuration,
  { name }: ListenerModel,
  taken: (route: TlsRouteModel) => T,
): TlsRoutes<T> | null {
  const here = routes.filter(({ listeners }) => listeners.includes(name));
  const rules = here.flatMap((route) => {
    if (route.kind !== "tls") return [];
    return [{ hosts: route.hosts, alpn: route.alpn, value: taken(route) }];
  });
  if (rules.length === 0) return null;
  const terminated = here.flatMap((route) => (route.kind === "http" ? route.match.hosts : []));
  return new TlsRoutes<T>(rules, terminated);
}

/** Every snapshot of a tunnel that begins here; the first serves a listener that has no tcp route of its own. */
export function passedSnapshots(
  configuration: Configuration,
  listener: ListenerModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
): TcpSnapshot[] {
  return configuration.routes.flatMap((route) => {
    if (route.kind !== "tls" || !route.listeners.includes(listener.name)) return [];
    return [tunnelSnapshot(configuration, listener, route, upstreams, meters)];
  });
}

function entranceTls(
  { name, tls, protocol }: ListenerModel,
  certificates: CertificateSource,
  meters: Meters,
): EntranceTls {
  const perSecond = tls!.handshakesPerSource;
  return {
    certificates,
    alpn: protocol === "http" ? HTTP_PROTOCOLS : "",
    clientCertificate: tls!.clientAuth?.mode ?? "off",
    handshakes:
      perSecond === Number.POSITIVE_INFINITY ? null : { perSecond, rates: meters.handshakeRates(name) },
  };
}

/** In wire form (RFC 7301 section 3.1), best first. */
const HTTP_PROTOCOLS = "\x02h2\x08http/1.1";
