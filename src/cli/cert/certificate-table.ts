/** Certificates as people read them: a line each. */
import type { CertificateView } from "../../admin/views.ts";
import { printable } from "../../config/diagnostics/wording.ts";
import { renderTable } from "../instance/text-table.ts";
import { plural } from "../plural.ts";

/** @param nowMs since 1970 */
export function certificateTable(certificates: readonly CertificateView[], nowMs: number): string {
  return renderTable(
    [
      { head: "certificate" },
      { head: "source" },
      { head: "for" },
      { head: "issuer" },
      { head: "key" },
      { head: "expires" },
      { head: "days", isNumber: true },
      { head: "renewal" },
      { head: "state" },
    ],
    certificates.map((each) => [
      each.name,
      each.source,
      namesText(each.names),
      issuerText(each.issuer),
      each.key ?? "-",
      dayText(each.not_after),
      each.not_after === null ? "-" : daysUntil(each.not_after, nowMs),
      dayText(each.next_renewal),
      stateText(each),
    ]),
  );
}

export function daysUntil(time: string, nowMs: number): number {
  return Math.floor((Date.parse(time) - nowMs) / DAY_MS);
}

/** With what went wrong, if anything did. */
export function stateText({ state, problem, failures, last_failure }: CertificateView): string {
  const word = state.replaceAll("_", " ");
  if (last_failure !== null) {
    const times = failures > 1 ? `failed ${plural(failures, "time")}` : "failed";
    return `${word}, ${times}: ${printable(last_failure.message)}`;
  }
  return problem === null || state === "missing" ? word : `${word}: ${printable(problem)}`;
}

function namesText(names: readonly string[]): string {
  const [first = "-", ...rest] = names;
  return rest.length === 0 ? first : `${first} +${rest.length}`;
}

/** The name that people know, out of all that an issuer calls itself. */
function issuerText(issuer: string | null): string {
  if (issuer === null) return "-";
  return /(?:^|, )CN=([^,]+)/.exec(issuer)?.[1] ?? /(?:^|, )O=([^,]+)/.exec(issuer)?.[1] ?? issuer;
}

function dayText(time: string | null): string {
  return time === null ? "-" : time.slice(0, 10);
}

const DAY_MS = 86_400_000;
