/** The status of an instance as people read it. */
import { printable } from "../../config/diagnostics/wording.ts";
import { plural } from "../plural.ts";
import type { Status } from "./ask-status.ts";
import { renderTable } from "./text-table.ts";

/** @param nowMs since 1970, for ages */
export function renderStatus(status: Status, nowMs: number): string {
  return [
    `${headLine(status, nowMs)}\n${configurationLine(status)}\n`,
    listenersTable(status),
    targetsTable(status),
    workersTable(status, nowMs),
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

function targetsTable({ snapshot }: Status): string {
  return renderTable(
    [
      { head: "upstream" },
      { head: "target" },
      { head: "state" },
      { head: "weight", isNumber: true },
      { head: "active", isNumber: true },
      { head: "connections", isNumber: true },
      { head: "idle", isNumber: true },
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
      ]),
    ),
  );
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
