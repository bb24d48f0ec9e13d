/**
 * Supervision with sources of targets: a configuration is served with what they have told, and what they tell later
 * goes to those that serve. Sources are asked once for all workers, here.
 */
import { createRandom } from "../base/random.ts";
import { ok, type Result } from "../base/result.ts";
import type { Configuration } from "../config/model.ts";
import { Discovery, type DiscoveryEvents } from "../discovery/discovery.ts";
import { pause } from "../discovery/pause.ts";
import type { SourceTools } from "../discovery/source.ts";
import { realClock, refreshClock } from "../io/real-clock.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { StartFailure } from "../runtime/start.ts";
import { reloadedBy } from "./reloaded-by.ts";
import type { Served, Supervision } from "./supervise.ts";

export function withDiscovery(supervision: Supervision, log: LogEvent): Supervision {
  let served: Served | null = null;
  const discovery = new Discovery(
    tools(),
    eventsOf(log, () => served),
  );
  return {
    async start(configuration) {
      const started = await putWith(discovery, configuration, (filled) => supervision.start(filled));
      if (!started.ok) return started;
      served = started.value;
      void served.done.then(() => discovery.close());
      return ok(
        reloadedBy(served, {
          reload: (next) => putWith(discovery, next, (filled) => started.value.reload(filled)),
          sources: () => discovery.sources,
        }),
      );
    },
    abandon() {
      discovery.close();
      supervision.abandon();
    },
  };
}

/** Serves by a configuration with what has been found; when it cannot be served, its sources go with it. */
async function putWith<T>(
  discovery: Discovery,
  configuration: Configuration,
  put: (filled: Configuration) => Promise<Result<T, readonly StartFailure[]>>,
): Promise<Result<T, readonly StartFailure[]>> {
  const prepared = discovery.prepare(configuration);
  await prepared.first;
  const result = await put(prepared.filled());
  if (result.ok) prepared.commit();
  else prepared.discard();
  return result;
}

function eventsOf(log: LogEvent, served: () => Served | null): DiscoveryEvents {
  return {
    onTargets(upstream, targets) {
      log({ level: "info", event: "targets_found", upstream, targets: targets.length });
      served()?.setTargets(upstream, targets);
    },
    onProblem(upstream, problem) {
      if (problem === null) log({ level: "info", event: "source_answers", upstream });
      else
        log({ level: "warn", event: "source_fails", upstream, code: problem.code, message: problem.message });
    },
  };
}

function tools(): SourceTools {
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  return { pause, random: createRandom([a! | 1, b!, c!, d!]), nowMs: refreshClock, wallMs: realClock.wallMs };
}
