/** What serves, with another way to put a configuration in force: for those who have something to do before or after, and
 * something to tell. */
import type { Served } from "./supervise.ts";

export function reloadedBy(
  served: Served,
  own: Pick<Served, "reload"> & Partial<Pick<Served, "sources" | "desks">>,
): Served {
  return {
    get listeners() {
      return served.listeners;
    },
    get tookOver() {
      return served.tookOver;
    },
    done: served.done,
    workers: () => served.workers(),
    sources: () => served.sources(),
    desks: () => served.desks(),
    setDrained: (key, drained) => served.setDrained(key, drained),
    setTargets: (upstream, targets) => served.setTargets(upstream, targets),
    counted: () => served.counted(),
    reopenLogs: () => served.reopenLogs(),
    countReload: (done) => served.countReload(done),
    countOrder: (obtained) => served.countOrder(obtained),
    drain: (deadlineMs, onBegun) => served.drain(deadlineMs, onBegun),
    upgrade: () => served.upgrade(),
    stopNow: () => served.stopNow(),
    ...own,
  };
}
