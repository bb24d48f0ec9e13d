/**
 * Reads what all processes have counted out of their rows. Nobody is asked for anything, so it works while workers are
 * busy, hang or die.
 */
import type { CellRows } from "../../base/cell-rows.ts";
import { CERTIFICATE_CELLS } from "./certificate-meter.ts";
import { EXPOSED_CELLS } from "./duration-scale.ts";
import { ENDING_RULES, METHODS, STATUS_CLASSES } from "./label-words.ts";
import { LISTENER_CELLS, LISTENER_NOW_CELLS } from "./listener-meter.ts";
import { type MeterName, readMeterKey } from "./meter-keys.ts";
import { OTHER } from "./meters.ts";
import { INSTANCE_CELLS, INSTANCE_NOW_CELLS, PROCESS_CELLS, PROCESS_NOW_CELLS } from "./process-meter.ts";
import { Readings, RowReader } from "./readings.ts";
import { ROUTE_CELLS, TUNNEL_CELLS } from "./route-meter.ts";
import { OUT_REASONS, TARGET_CELLS, TARGET_NOW_CELLS, UPSTREAM_NOW_CELLS } from "./target-meter.ts";

/** A process that is there. */
export interface WorkerFacts {
  readonly slot: number;
  /** How many have had the slot. */
  readonly takings: number;
}

export function collect(rows: CellRows, workers: readonly WorkerFacts[]): Readings {
  const readings = new Readings();
  for (const { slot, takings } of workers) {
    readings.add("workerUp", [String(slot)], 1);
    readings.add("workerStarts", [String(slot)], takings);
  }
  const slots = rows.usedSlots();
  for (const row of rows.list()) {
    const known = readMeterKey(row);
    if (known === null) continue;
    const reader = new RowReader(rows, row, known.labels, slots, readings);
    if (known.labels[0] === OTHER && reader.totalOfRange(0, row.length) === 0) continue;
    READERS[known.meter](reader, workers);
  }
  return readings;
}

type ReadRow = (reader: RowReader, workers: readonly WorkerFacts[]) => void;

const READERS: Readonly<Record<MeterName, ReadRow>> = {
  route: readRoute,
  tunnel: readTunnel,
  listener: readListener,
  listenerNow: readListenerNow,
  target: readTarget,
  targetNow: readTargetNow,
  upstreamNow: (reader) => reader.always("upstreamWaiting", UPSTREAM_NOW_CELLS.waiting),
  handshakeRates: () => {},
  // While a renewal goes round, the one that expires first is the one to worry about.
  certificateNow: (reader) => reader.known("certificateExpiry", CERTIFICATE_CELLS.notAfter, Math.min),
  process: readProcess,
  processNow: readProcessNow,
  instance: readInstance,
  instanceNow: readInstanceNow,
};

function readRoute(reader: RowReader): void {
  let all = 0;
  for (const [i, code] of STATUS_CLASSES.entries()) {
    let requests = 0;
    for (const [j, method] of METHODS.entries()) {
      const cell = ROUTE_CELLS.requests + j * STATUS_CLASSES.length + i;
      requests += reader.total(cell);
      reader.ifHappened("requests", cell, method, code);
    }
    all += requests;
    if (requests > 0) {
      reader.exposedDurations("requestDuration", ROUTE_CELLS.durationsByClass + i * EXPOSED_CELLS, code);
    }
  }
  if (all > 0) reader.fineDurations("route", ROUTE_CELLS.durations);
  reader.ifHappened("requestBytes", ROUTE_CELLS.receivedBytes);
  reader.ifHappened("responseBytes", ROUTE_CELLS.sentBytes);
  reader.errors("requestErrors", ROUTE_CELLS.errors);
}

function readTunnel(reader: RowReader): void {
  reader.durations("sessionDuration", TUNNEL_CELLS.durations);
  reader.ifHappened("sessionReceived", TUNNEL_CELLS.receivedBytes);
  reader.ifHappened("sessionSent", TUNNEL_CELLS.sentBytes);
  reader.errors("sessionErrors", TUNNEL_CELLS.errors);
}

function readListener(reader: RowReader): void {
  reader.always("connectionsAccepted", LISTENER_CELLS.accepted);
  reader.always("connectionsRefused", LISTENER_CELLS.turnedAway);
  reader.ifHappened("handshakes", LISTENER_CELLS.handshakes, "done");
  reader.ifHappened("handshakes", LISTENER_CELLS.failedHandshakes, "failed");
  for (const [i, rule] of ENDING_RULES.entries()) {
    reader.ifHappened("connectionsEnded", LISTENER_CELLS.endedByRule + i, rule);
  }
}

function readListenerNow(reader: RowReader): void {
  reader.always("connectionsOpen", LISTENER_NOW_CELLS.connections);
  reader.always("requestsActive", LISTENER_NOW_CELLS.requests);
}

function readTarget(reader: RowReader): void {
  reader.always("targetAttempts", TARGET_CELLS.attempts);
  reader.always("targetRetries", TARGET_CELLS.retries);
  for (const [i, code] of STATUS_CLASSES.entries()) {
    reader.ifHappened("targetResponses", TARGET_CELLS.answers + i, code);
  }
  reader.durations("targetDuration", TARGET_CELLS.durations);
  reader.fineDurations("target", TARGET_CELLS.durations);
  reader.errors("targetErrors", TARGET_CELLS.errors);
  reader.always("targetConnects", TARGET_CELLS.connects);
  reader.always("targetReuses", TARGET_CELLS.reuses);
  reader.always("targetEjections", TARGET_CELLS.ejections);
}

function readTargetNow(reader: RowReader): void {
  reader.always("targetActive", TARGET_NOW_CELLS.active);
  reader.always("targetConnections", TARGET_NOW_CELLS.busy, "busy");
  reader.always("targetConnections", TARGET_NOW_CELLS.connecting, "connecting");
  reader.always("targetConnections", TARGET_NOW_CELLS.idle, "idle");
  reader.always("targetPanic", TARGET_NOW_CELLS.panic);
  for (const [i, reason] of OUT_REASONS.entries()) {
    reader.always("targetOut", TARGET_NOW_CELLS.out + i, reason);
  }
}

function readProcessNow(reader: RowReader, workers: readonly WorkerFacts[]): void {
  for (const { slot } of workers) {
    reader.ofWorker("workerCpu", slot, PROCESS_NOW_CELLS.cpuMs, 1000);
    reader.ofWorker("workerResident", slot, PROCESS_NOW_CELLS.residentBytes);
    reader.ofWorker("workerHeap", slot, PROCESS_NOW_CELLS.heapBytes);
    reader.ofWorker("workerHeapSize", slot, PROCESS_NOW_CELLS.heapSizeBytes);
    reader.ofWorker("workerDescriptors", slot, PROCESS_NOW_CELLS.openDescriptors);
  }
}

function readProcess(reader: RowReader, workers: readonly WorkerFacts[]): void {
  for (const { slot } of workers) {
    reader.durationsOfWorker("loopLag", slot, PROCESS_CELLS.lag);
    reader.ofWorker("lostLines", slot, PROCESS_CELLS.lostLines);
    reader.ofWorker("droppedSpans", slot, PROCESS_CELLS.droppedSpans);
  }
}

/** One part for all, so not to be added up. */
function readInstance(reader: RowReader): void {
  reader.common("reloads", INSTANCE_CELLS.reloads, 1, "done");
  reader.common("reloads", INSTANCE_CELLS.failedReloads, 1, "refused");
  reader.common("orders", INSTANCE_CELLS.obtainedCertificates, 1, "obtained");
  reader.common("orders", INSTANCE_CELLS.failedOrders, 1, "failed");
}

function readInstanceNow(reader: RowReader): void {
  reader.common("reloadGood", INSTANCE_NOW_CELLS.lastReloadGood);
  reader.common("reloadTime", INSTANCE_NOW_CELLS.lastGoodWallMs, 1000);
}
