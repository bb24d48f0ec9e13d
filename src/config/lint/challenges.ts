/**
 * Certificates that are to be obtained, and no listener at which the authority could ask in the clear. Where it asks by
 * handshakes, whichever listener has the certificates can answer.
 */
import { diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { CertificateFiles } from "../model.ts";
import { valueAt } from "../source/config-node.ts";
import type { LintSubject } from "./subject.ts";

export function reportUnansweredChallenges({ acme, listeners, listenerPlaces, found }: LintSubject): void {
  if (acme?.challenge !== "http-01") return;
  if (listeners.some(({ protocol, tls }) => protocol === "http" && tls === null)) return;
  for (const { name, tls } of listeners) {
    if (tls === null || (tls.onDemand === null && !tls.certificates.some(isAskedOverHttp))) continue;
    const message = `the authority asks at port 80 before it certifies names of ${quoted(name)}, and no listener speaks HTTP in the clear`;
    const suggestion = "set `https_only: on`, which opens port 80 and redirects what else comes there";
    found.add(diagnose("tls.unanswered_challenge", listenerPlaces.get(name)!, message, { suggestion }));
  }
}

export function reportUnusedDemand({ acme, tls, settings, found }: LintSubject): void {
  const place = valueAt(valueAt(settings ?? undefined, "acme"), "on_demand");
  if (acme?.onDemand == null || place === undefined) return;
  if (tls.some(({ onDemand }) => onDemand !== null)) return;
  const suggestion = "set `on_demand: on` in the `tls` of a listener";
  found.add(
    diagnose("config.not_applicable", place, "no listener obtains certificates on demand", { suggestion }),
  );
}

export function reportUnusedDns({ acme, tls, settings, found }: LintSubject): void {
  const place = valueAt(valueAt(settings ?? undefined, "acme"), "dns");
  if (acme?.dns == null || place === undefined || acme.challenge === "dns-01") return;
  const obtained = tls.flatMap(({ certificates }) => certificates);
  if (obtained.some(({ source, obtainedFor }) => source === "acme" && obtainedFor?.startsWith("*."))) return;
  const message = "no name is shown to be ours by DNS: none is a wildcard";
  const suggestion = "set `challenge: dns-01`, or leave `dns` out";
  found.add(diagnose("config.not_applicable", place, message, { suggestion }));
}

/** Wildcards are shown by DNS. */
function isAskedOverHttp({ source, obtainedFor }: CertificateFiles): boolean {
  return source === "acme" && !obtainedFor?.startsWith("*.");
}
