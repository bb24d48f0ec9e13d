/**
 * What `check` says of certificates: it reads them as they would be served, and points at the place in the
 * configuration that names them. It is apart from loading because the answer is another one tomorrow, and elsewhere.
 */
import type { DiagnosticCode } from "../config/diagnostics/codes.ts";
import { type Diagnostic, diagnose } from "../config/diagnostics/diagnostic.ts";
import { quoted } from "../config/diagnostics/wording.ts";
import type {
  AcmeModel,
  AdminSettings,
  Configuration,
  ListenerModel,
  TlsModel,
  UpstreamModel,
} from "../config/model.ts";
import type { Provenance } from "../config/provenance.ts";
import { itemsOf } from "../config/source/config-node.ts";
import type { FileAccess } from "../config/source/file-access.ts";
import { originOf, type Place } from "../config/source/source-text.ts";
import { canonicalIp } from "../config/values/host-name.ts";
import { NOTICE_DAYS } from "./certificate-store.ts";
import { hostRule } from "./host-rule.ts";
import { type LoadedPair, readTls, readUpstreamTls, type TlsFault } from "./read-tls.ts";

export async function checkCertificates(
  configuration: Configuration,
  provenance: Provenance,
  access: FileAccess,
  nowMs: number,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  for (const listener of configuration.listeners) {
    const { tls } = listener;
    if (tls === null) continue;
    const { files, faults } = await readTls(tls, access);
    const all = [
      ...faults.map((fault) => faultFinding(fault, listener, provenance)),
      ...(files?.pairs ?? []).flatMap((pair, index) =>
        validityFinding(pair, index, listener, provenance, nowMs),
      ),
      ...(files === null ? [] : uncoveredHosts(files.pairs, listener, configuration, provenance)),
    ];
    // A document's `tls` stands for many listeners, and is told once.
    for (const each of all) if (isNew(each, told)) found.push(each);
  }
  for (const upstream of configuration.upstreams)
    found.push(...(await upstreamFindings(upstream, provenance, access)));
  found.push(...(await adminFindings(configuration.settings.admin, provenance, access)));
  found.push(...(await programFindings(configuration.settings.acme, provenance, access)));
  return found;
}

/** Of the admin address, which would not be opened: neither the start nor a reload would come to anything. */
async function adminFindings(
  { tls }: AdminSettings,
  provenance: Provenance,
  access: FileAccess,
): Promise<Diagnostic[]> {
  if (tls === null) return [];
  const placeOf = (...keys: string[]) => provenance.setting("admin", "tls", ...keys).node!;
  const [origin, nobody] = [originOf(placeOf()), { passphrase: null, obtainedFor: null, names: [] }];
  const certificate = { cert: tls.cert, key: tls.key, source: "files" as const, origin, ...nobody };
  const { faults } = await readUpstreamTls({ certificate, ca: tls.clientCa, origin }, access);
  return faults.map(({ code, message, suggestion, key }) =>
    diagnose(code, placeOf(key ?? "client_ca"), message, { suggestion }),
  );
}

/** What is found by PATH, or run elsewhere, is not known here. */
async function programFindings(
  acme: AcmeModel | null,
  provenance: Provenance,
  access: FileAccess,
): Promise<Diagnostic[]> {
  const hook = acme?.dns?.hook;
  if (hook?.kind !== "exec") return [];
  const [program = ""] = hook.command;
  if (!program.includes("/")) return [];
  const kind = await access.kindOf(program);
  if (kind.ok && kind.value === "file") return [];
  const what = kind.ok ? "it is no file" : kind.error.reason;
  const place = provenance.setting("acme", "dns", "exec").node!;
  const suggestion =
    "it is run as it is written: a path that is not in full begins where the proxy is started";
  return [diagnose("tls.dns_program", place, `${program}: ${what}`, { suggestion })];
}

async function upstreamFindings(
  { name, tls }: UpstreamModel,
  provenance: Provenance,
  access: FileAccess,
): Promise<Diagnostic[]> {
  if (tls === null) return [];
  const { faults } = await readUpstreamTls(tls, access);
  return faults.map(({ code, message, suggestion }) => {
    const place = provenance.upstream(name, "tls").node ?? provenance.upstream(name).node!;
    return diagnose(code, place, message, { suggestion });
  });
}

function isNew({ code, origin, message }: Diagnostic, told: Set<string>): boolean {
  const key = JSON.stringify([code, origin, message]);
  if (told.has(key)) return false;
  told.add(key);
  return true;
}

function faultFinding(fault: TlsFault, { name, tls }: ListenerModel, provenance: Provenance): Diagnostic {
  const { code, message, suggestion, origin, key } = fault;
  const index = tls!.certificates.findIndex((each) => each.origin === origin);
  const place = key === null ? provenance.tls(name) : provenance.tls(name, "certificates", index, key);
  return diagnose(code, place, message, { suggestion });
}

function validityFinding(
  { files, leaf }: LoadedPair,
  index: number,
  { name }: ListenerModel,
  provenance: Provenance,
  nowMs: number,
): Diagnostic[] {
  // Nobody has to look after it, and it may be read by the user alone that runs the proxy.
  if (files.obtainedFor !== null) return [];
  const [fromMs, toMs] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  const place = provenance.tls(name, "certificates", index, "cert");
  const finding = (code: DiagnosticCode, what: string) => [diagnose(code, place, `${files.cert}: ${what}`)];
  if (nowMs >= toMs) return finding("tls.expired", `it expired on ${day(toMs)}; clients refuse it`);
  if (nowMs < fromMs)
    return finding("tls.expired", `it is valid from ${day(fromMs)} on; clients refuse it until then`);
  const days = Math.floor((toMs - nowMs) / DAY_MS);
  return days >= NOTICE_DAYS
    ? []
    : finding("tls.expires_soon", `it expires on ${day(toMs)}, in ${days} days`);
}

/** Hosts whose visitors would be shown a certificate for somebody else. */
function uncoveredHosts(
  pairs: readonly LoadedPair[],
  { name, tls }: ListenerModel,
  { routes }: Configuration,
  provenance: Provenance,
): Diagnostic[] {
  const obtained = tls!.certificates.flatMap(({ names }) => names);
  const names = new Set([...pairs.flatMap((pair) => pair.names), ...obtained]);
  return routes.flatMap((route) => {
    if (route.kind !== "http" || !route.listeners.includes(name)) return [];
    return route.match.hosts.flatMap((host, index) => {
      if (isCovered(host, names) || isToBeHad(host, tls!)) return [];
      const message = `no certificate of ${quoted(name)} is good for ${quoted(host)}`;
      const suggestion =
        names.size === 0 ? null : `they are for ${[...names].slice(0, 5).map(quoted).join(", ")}`;
      return [
        diagnose("tls.uncovered_host", hostPlace(route.label, index, provenance), message, { suggestion }),
      ];
    });
  });
}

/** A pattern stands for more labels than a certificate's wildcard does; the likely ones are what counts. */
function isCovered(written: string, names: ReadonlySet<string>): boolean {
  const host = canonicalIp(written) ?? written;
  const dot = host.indexOf(".");
  return names.has(host) || (!host.startsWith("*") && dot > 0 && names.has(`*${host.slice(dot)}`));
}

/** Where somebody else is asked, nobody knows; of a pattern, one of its hosts will do. */
function isToBeHad(written: string, { onDemand }: TlsModel): boolean {
  return onDemand !== null && hostRule(onDemand.hosts)(written.replace(/^\*/, "www"));
}

function hostPlace(label: string, index: number, provenance: Provenance): Place {
  const { node } = provenance.route(label, "host");
  return (node === null ? undefined : itemsOf(node)[index]) ?? node ?? provenance.route(label).node!;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

const DAY_MS = 86_400_000;
