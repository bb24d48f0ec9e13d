/** The status of an instance as people read it. */
import { printable } from "../../config/diagnostics/wording.ts";
import { certificateTable } from "../cert/certificate-table.ts";
import { plural } from "../plural.ts";
import type { Status } from "./ask-status.ts";
import { renderTable } from "./text-table.ts";
import { type Rates, type TrafficRates, targetKey } from "./traffic-rates.ts";

/** @param nowMs since 1970, for ages */
export function renderStatus(status: Status, rates: TrafficRates | null, nowMs: number): string {
  return [
    `${headLine(status, nowMs)}\n${configurationLine(status)}\n${trafficLine(rates?.total)}\n`,
    listenersTable(status),
    targetsTable(status, rates),
    workersTable(status, nowMs),
    ...certificatesTable(status, nowMs),
  ].join("\n");
}

function headLine({ snapshot, readiness, workers }: Status, nowMs: number): string {
  const { version, started_at } = snapshot;
  return `portward ${version}, ${readiness}, up ${age(started_at, nowMs)}, ${plural(workers.length, "worker")}`;
}

function configurationLine({ configuration }: Status): string {
  const { routes, in_force_since, last_reload } = configuration;
  const inForce = `${plural(routes, "route")} in force since ${in_force_since}`;
  if (last_reload.result === "done") return inForce;
  const errors = last_reload.diagnostics.filter(({ severity }) => severity === "error");
  const first = errors[0]?.message ?? "";
  return `${inForce}\nthe reload at ${last_reload.at} was refused: ${plural(errors.length, "error")}: ${printable(first)}`;
}

function trafficLine(rates: Rates | undefined): string {
  if (rates === undefined) return "requests are not counted: there is no memory for it";
  const { requestsPerSecond, errorShare, p50Ms, p99Ms } = rates;
  const latency = p50Ms === null ? "" : `, p50 ${msText(p50Ms)}, p99 ${msText(p99Ms)}`;
  return `${rateText(requestsPerSecond)} requests/s, ${percentText(errorShare)} failed${latency}`;
}

function listenersTable({ snapshot }: Status): string {
  return renderTable(
    [
      { head: "listener" },
      { head: "address" },
      { head: "protocol" },
      { head: "connections", isNumber: true },
    ],
    snapshot.listeners.map(({ name, address, protocol, connections }) => [
      name,
      address,
      protocol,
      connections,
    ]),
  );
}

function targetsTable({ snapshot }: Status, rates: TrafficRates | null): string {
  return renderTable(
    [
      { head: "upstream" },
      { head: "target" },
      { head: "state" },
      { head: "weight", isNumber: true },
      { head: "active", isNumber: true },
      { head: "connections", isNumber: true },
      { head: "idle", isNumber: true },
      { head: "req/s", isNumber: true },
      { head: "failed", isNumber: true },
      { head: "p50", isNumber: true },
      { head: "p99", isNumber: true },
    ],
    snapshot.upstreams.flatMap(({ name, targets }) =>
      targets.map(({ target, state, failure, weight, active, connections, idle }) => [
        name,
        target,
        failure === null ? state : `${state} (${failure})`,
        weight,
        active,
        connections,
        idle,
        ...rateCells(rates?.targets.get(targetKey({ upstream: name, target }))),
      ]),
    ),
  );
}

/** Of a target, up to the head of its answer. */
function rateCells(rates: Rates | undefined): string[] {
  if (rates === undefined) return ["0", "0 %", "-", "-"];
  const { requestsPerSecond, errorShare, p50Ms, p99Ms } = rates;
  return [rateText(requestsPerSecond), percentText(errorShare), msText(p50Ms), msText(p99Ms)];
}

function rateText(perSecond: number): string {
  return perSecond >= 10 || perSecond === 0 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

function percentText(share: number): string {
  return `${share === 0 || share >= 0.1 ? Math.round(share * 100) : (share * 100).toFixed(1)} %`;
}

function msText(ms: number | null): string {
  if (ms === null) return "-";
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms >= 10 ? Math.round(ms) : ms.toPrecision(2)} ms`;
}

function workersTable({ workers }: Status, nowMs: number): string {
  return renderTable(
    [
      { head: "worker" },
      { head: "pid", isNumber: true },
      { head: "state" },
      { head: "up", isNumber: true },
      { head: "connections", isNumber: true },
      { head: "active", isNumber: true },
      { head: "memory", isNumber: true },
    ],
    workers.map(({ id, pid, state, started_at, connections, active, memory_bytes }) => [
      id,
      pid,
      state,
      age(started_at, nowMs),
      connections,
      active,
      `${Math.round(memory_bytes / MEBIBYTE)} MiB`,
    ]),
  );
}

/** Those that end first: whoever has hundreds asks `cert list --live`. */
function certificatesTable({ certificates }: Status, nowMs: number): string[] {
  if (certificates.length === 0) return [];
  const order = certificates.toSorted((a, b) => (a.not_after ?? "").localeCompare(b.not_after ?? ""));
  const rest = certificates.length - MOST_CERTIFICATES;
  const more = rest > 0 ? `and ${plural(rest, "other")}, which last longer\n` : "";
  return [`${certificateTable(order.slice(0, MOST_CERTIFICATES), nowMs)}${more}`];
}

const MOST_CERTIFICATES = 10;

/** The two largest units: `3d 4h`, `2m 10s`. */
function age(since: string, nowMs: number): string {
  let seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1000));
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    seconds %= length;
    if (count > 0 || parts.length > 0 || unit === "s") parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;
const MEBIBYTE = 1024 * 1024;
