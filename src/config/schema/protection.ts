/** `outliers` and `breaker`: what is concluded from how requests end, and how much is let through at all. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { BreakerModel, OutlierModel } from "../model.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { OTHER_BREAKER_KEYS } from "./other-words.ts";
import { about, choice, converted, count, countOrOff, duration, oneOrMore, onOff, share } from "./values.ts";

const statuses = oneOrMore(count(400, 599));
const WINDOW = "Over how long requests are counted.";
const LEAST = "Of fewer requests within `window` nothing is concluded.";

const outlierMap = noted(
  z.strictObject({
    consecutive: countOrOff(1, 10_000).prefault(5).describe("Failures in a row, or `off`."),
    errors: share(1, 100, "off").prefault("off").describe("Failures among the requests of a `window`."),
    latency: countOrOff(2, 1000)
      .prefault("off")
      .describe("How many times the group's median a target's answers may take on average, or `off`."),
    statuses: statuses
      .prefault([502, 503, 504])
      .meta(about("Answers that are failures, beside what fails without an answer.", [500, 502, 503, 504])),
    min_requests: count(1).prefault(20).describe(LEAST),
    window: duration(1000).prefault("10s").describe(WINDOW),
    eject: duration(100).prefault("10s").describe("How long a target is out; twice as long each time."),
    max_eject: duration(100).prefault("5m").describe("But never longer."),
    max_ejected: share(0, 100).prefault("50%").describe("Of the targets; never more are out at once."),
  }),
  { called: "`outliers`" },
);

const OUTLIER_FORMS = "`off` or a map with `consecutive`, `eject` and so on";

export const outliers = noted(
  z.union([choice(["off"]).transform(() => null), converted(outlierMap, outliersOfMap)]),
  { expects: OUTLIER_FORMS },
);

const breakerMap = noted(
  z.strictObject({
    requests: count(1).optional().describe("Under way at once in the upstream, in all workers together."),
    requests_per_target: count(1)
      .optional()
      .describe("Under way at once at each target, from all workers together."),
    adaptive: onOff()
      .prefault("off")
      .describe("Learn from its latency how many requests at once are good for a target."),
    queue: count(0, 100_000)
      .prefault(0)
      .describe("How many requests may wait while all targets are busy. Beyond: 503."),
    queue_timeout: duration().optional().describe("How long they wait; 1s unless set. Beyond: 503."),
    errors: share(1, 100, "off")
      .prefault("off")
      .describe(
        "Failures within `window` that open the circuit of a target, or of the upstream. Beyond: 503.",
      ),
    statuses: statuses.optional().describe("Answers that are failures; 500, 502, 503 and 504 unless set."),
    min_requests: count(1).optional().describe(`${LEAST} 20 unless set.`),
    window: duration(1000).optional().describe(`${WINDOW} 10s unless set.`),
    open: duration(100).optional().describe("How long an open circuit lets nothing through; 5s unless set."),
    probes: count(1, 1000)
      .optional()
      .describe(
        "Then so many requests at a time are let through, and so many successes close it; 3 unless set.",
      ),
  }),
  { called: "`breaker`", meant: OTHER_BREAKER_KEYS },
);

export const breaker = noted(converted(breakerMap, breakerOfMap), {
  expects: "a map with `requests`, `errors` and so on",
});

export const STANDARD_OUTLIERS: OutlierModel = standardOutliers();
export const NO_BREAKER: BreakerModel = {
  requests: Number.POSITIVE_INFINITY,
  requestsPerTarget: Number.POSITIVE_INFINITY,
  adaptive: false,
  circuit: null,
  queue: 0,
  queueMs: 0,
};

type OutlierMap = z.output<typeof outlierMap>;
type BreakerMap = z.output<typeof breakerMap>;

function outliersOfMap(map: OutlierMap): Result<OutlierModel, ValueFault> {
  if (map.max_eject < map.eject) {
    return fault("config.conflict", "`eject` is longer than `max_eject`", "set both", ["eject"]);
  }
  return ok({
    consecutive: map.consecutive,
    errorShare: map.errors,
    latencyFactor: map.latency,
    statuses: map.statuses,
    minRequests: map.min_requests,
    windowMs: map.window,
    ejectMs: map.eject,
    maxEjectMs: map.max_eject,
    maxEjected: map.max_ejected,
  });
}

function standardOutliers(): OutlierModel {
  const standard = outliersOfMap(outlierMap.parse({}));
  if (!standard.ok) throw new Error(standard.error.message);
  return standard.value;
}

function breakerOfMap(map: BreakerMap): Result<BreakerModel, ValueFault> {
  const idle = keyWithoutEffect(map);
  if (idle !== null) return idle;
  return ok({
    requests: map.requests ?? Number.POSITIVE_INFINITY,
    requestsPerTarget: map.requests_per_target ?? Number.POSITIVE_INFINITY,
    adaptive: map.adaptive,
    circuit: map.errors === Number.POSITIVE_INFINITY ? null : circuitOfMap(map),
    queue: map.queue,
    queueMs: map.queue === 0 ? 0 : (map.queue_timeout ?? 1_000),
  });
}

function circuitOfMap(map: BreakerMap): NonNullable<BreakerModel["circuit"]> {
  return {
    errorShare: map.errors,
    statuses: map.statuses ?? [500, 502, 503, 504],
    minRequests: map.min_requests ?? 20,
    windowMs: map.window ?? 10_000,
    openMs: map.open ?? 5_000,
    probes: map.probes ?? 3,
  };
}

/** Settings of what is not switched on. */
function keyWithoutEffect(map: BreakerMap): Result<never, ValueFault> | null {
  const isLimited = map.requests !== undefined || map.requests_per_target !== undefined || map.adaptive;
  if (map.queue > 0 && !isLimited) {
    const hint = "set `requests` or `requests_per_target`, or `adaptive: on`";
    return fault("config.conflict", "nobody waits while nothing limits requests", hint, ["queue"]);
  }
  if (map.queue_timeout !== undefined && map.queue === 0) {
    return fault("config.conflict", "`queue_timeout` without a `queue`", null, ["queue_timeout"]);
  }
  if (map.errors !== Number.POSITIVE_INFINITY) return null;
  const key = OF_CIRCUIT.find((each) => map[each] !== undefined);
  if (key === undefined) return null;
  return fault("config.conflict", `\`${key}\` means nothing without \`errors\``, "set `errors: 50%`", [key]);
}

const OF_CIRCUIT = ["statuses", "min_requests", "window", "open", "probes"] as const;
