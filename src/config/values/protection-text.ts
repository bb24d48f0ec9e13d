/** Checks, outlier detection and breakers in words, for `explain` and `plan`. Null where there is none. */
import type { BreakerModel, HealthModel, OutlierModel } from "../model.ts";
import { formatDuration } from "./duration.ts";

export function healthText(health: HealthModel | null): string | null {
  if (health === null) return null;
  const { check, port, everyMs, timeoutMs, rise, fall } = health;
  const what = checkText(check);
  const where = port === null ? "" : ` on port ${port}`;
  const times = `every ${formatDuration(everyMs)} within ${formatDuration(timeoutMs)}`;
  return `${what}${where} ${times}, down after ${fall}, up after ${rise}`;
}

export function outliersText(outliers: OutlierModel | null): string | null {
  if (outliers === null) return null;
  const { consecutive, errorShare, latencyFactor, ejectMs, maxEjected } = outliers;
  const reasons = [
    ...(isSet(consecutive) ? [`${consecutive} failures in a row`] : []),
    ...(isSet(errorShare) ? [`${percent(errorShare)} errors`] : []),
    ...(isSet(latencyFactor) ? [`${latencyFactor} times the median's latency`] : []),
  ];
  if (reasons.length === 0) return null;
  return `out for ${formatDuration(ejectMs)} after ${reasons.join(" or ")}, at most ${percent(maxEjected)}`;
}

export function breakerText(breaker: BreakerModel): string | null {
  const { requests, requestsPerTarget, adaptive, circuit, queue, queueMs } = breaker;
  const parts = [
    ...(isSet(requests) ? [`${requests} requests`] : []),
    ...(isSet(requestsPerTarget) ? [`${requestsPerTarget} requests per target`] : []),
    ...(adaptive ? ["as many per target as its latency allows"] : []),
    ...(queue > 0 ? [`${queue} waiting for ${formatDuration(queueMs)}`] : []),
    ...(circuit === null
      ? []
      : [`open for ${formatDuration(circuit.openMs)} at ${percent(circuit.errorShare)} errors`]),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

function checkText(check: HealthModel["check"]): string {
  switch (check.kind) {
    case "http":
      return httpText(check);
    case "tcp":
      return tcpText(check);
    case "grpc":
      return `gRPC health${check.service === "" ? "" : ` of ${check.service}`}`;
  }
}

function httpText({ method, path, host, statuses, body }: HealthModel["check"] & { kind: "http" }): string {
  const good = statuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
  const asked = host === null ? "" : ` of ${host}`;
  const found = body === null ? "" : ` with ${body.kind === "regex" ? body.source : body.text}`;
  return `${method} ${path}${asked} for ${good}${found}`;
}

function tcpText({ send, expect }: HealthModel["check"] & { kind: "tcp" }): string {
  const sent = send === null ? "" : ` sending ${JSON.stringify(send)}`;
  const expected = expect === null ? "" : ` for ${JSON.stringify(expect)}`;
  return `a connection${sent}${expected}`;
}

function isSet(limit: number): boolean {
  return limit !== Number.POSITIVE_INFINITY;
}

function percent(part: number): string {
  return `${Math.round(part * 1000) / 10}%`;
}
