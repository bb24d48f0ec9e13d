/** Timeouts, limits and retries in force, each with whoever set it. */

import type { Limits, Timeouts, TunnelRouteModel } from "../../config/model.ts";
import type { ValueSource } from "../../config/provenance.ts";
import { formatDuration } from "../../config/values/duration.ts";
import { formatSize } from "../../config/values/size.ts";
import { isRepeatable, MAX_TIMEOUTS } from "../../exchange/attempts.ts";
import { BODY } from "../../protocol/http/framing.ts";
import { policySteps } from "./retry-policy-steps.ts";
import { type Matter, type Step, type StepName, step } from "./step.ts";

/** Those of the route, or of the settings when there is none. */
export function boundsSteps(matter: Matter): Step[] {
  const { configuration, decision, routes } = matter;
  const route = decision.route === null ? undefined : routes.get(decision.route)!;
  if (route !== undefined && route.kind !== "http") return tunnelBounds(route, matter);
  const { timeouts, limits } = route ?? configuration.settings;
  return [
    ...TIMEOUTS.map((row) => bound("timeout", row, timeouts, matter)),
    ...LIMITS.map((row) => bound("limit", row, limits, matter)),
  ];
}

/** What happens when a target cannot be reached, or has closed the connection that was kept for it, or fails. */
export function retrySteps(matter: Matter): Step[] {
  const { decision, configuration, provenance } = matter;
  const { outcome, http } = decision;
  if (outcome.kind !== "forwarded") return [];
  const { head } = http!;
  const again = isRepeatable(head)
    ? "a kept connection that turns out to be dead: once more on a new one"
    : `a kept connection that turns out to be dead: not again, ${unrepeatable(head.framing.kind, head.method)}`;
  const { idleConnections } = configuration.settings.pool;
  return [
    step("retry", `a target that does not accept: the next one, until ${MAX_TIMEOUTS} have timed out`, {
      source: DEFAULT,
      facts: { timeouts: MAX_TIMEOUTS },
    }),
    ...(idleConnections === 0
      ? [step("retry", "no connection is kept", { source: provenance.setting("pool", "idle") })]
      : [step("retry", again, { source: DEFAULT, facts: { repeatable: isRepeatable(head) } })]),
    ...policySteps(matter),
  ];
}

function unrepeatable(kind: number, method: string): string {
  return kind === BODY.none ? `${method} may not mean the same twice` : "the body would have to be kept";
}

function tunnelBounds(route: TunnelRouteModel, matter: Matter): Step[] {
  const { label, timeouts, reconnect } = route;
  const rows = TIMEOUTS.filter(({ key }) => key === "connect" || key === "idle");
  const every = formatDuration(reconnect.everyMs);
  const { provenance } = matter;
  return [
    ...rows.map((row) => bound("timeout", row, timeouts, matter)),
    step("retry", `no target accepts: again after ${every}`, {
      source: provenance.route(label, "reconnect", "every"),
      facts: { every_ms: reconnect.everyMs },
    }),
    step("retry", `at most ${reconnect.attempts} times, then the client is closed`, {
      source: provenance.route(label, "reconnect", "attempts"),
      facts: { attempts: reconnect.attempts },
    }),
  ];
}

function bound<T>(name: StepName, row: Row<T>, values: T, { decision, provenance }: Matter): Step {
  const group = name === "timeout" ? "timeouts" : "limits";
  const value = row.value(values);
  const { route } = decision;
  const source: ValueSource =
    route === null ? provenance.setting(group, row.key) : provenance.inForce(route, group, row.key);
  return step(name, `${row.key} ${row.text(value)}`, {
    source,
    facts: { name: row.key, value: Number.isFinite(value) ? value : null },
  });
}

interface Row<T> {
  /** As in the file. */
  readonly key: string;
  readonly value: (values: T) => number;
  readonly text: (value: number) => string;
}

function durationText(ms: number): string {
  return Number.isFinite(ms) ? formatDuration(ms) : "off";
}

function sizeText(bytes: number): string {
  return Number.isFinite(bytes) ? formatSize(bytes) : "off";
}

const TIMEOUTS: readonly Row<Timeouts>[] = [
  { key: "head", value: ({ headMs }) => headMs, text: durationText },
  { key: "body", value: ({ bodyMs }) => bodyMs, text: durationText },
  { key: "connect", value: ({ connectMs }) => connectMs, text: durationText },
  { key: "response", value: ({ responseMs }) => responseMs, text: durationText },
  { key: "idle", value: ({ idleMs }) => idleMs, text: durationText },
  { key: "total", value: ({ totalMs }) => totalMs, text: durationText },
  { key: "keep_alive", value: ({ keepAliveMs }) => keepAliveMs, text: durationText },
];

const LIMITS: readonly Row<Limits>[] = [
  { key: "line", value: ({ lineBytes }) => lineBytes, text: sizeText },
  { key: "head", value: ({ headBytes }) => headBytes, text: sizeText },
  { key: "fields", value: ({ fieldCount }) => fieldCount, text: String },
  { key: "body", value: ({ bodyBytes }) => bodyBytes, text: sizeText },
  { key: "chunk_extensions", value: ({ chunkExtensionBytes }) => chunkExtensionBytes, text: sizeText },
  {
    key: "min_rate",
    value: ({ minRateBytes }) => minRateBytes,
    text: (n) => (n === 0 ? "off" : sizeText(n)),
  },
  { key: "min_rate_window", value: ({ minRateWindowMs }) => minRateWindowMs, text: durationText },
  { key: "requests_per_connection", value: (limits) => limits.requestsPerConnection, text: String },
  { key: "connections", value: (limits) => limits.connectionsPerListener, text: String },
  { key: "connections_per_target", value: (limits) => limits.connectionsPerTarget, text: String },
  { key: "pending_connects", value: (limits) => limits.pendingConnectsPerTarget, text: String },
];

const DEFAULT = { from: "default", origin: null } as const;
