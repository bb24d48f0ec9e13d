/**
 * Serving until a signal ends it, as `run`, `proxy` and `demo` do alike. The first SIGINT or SIGTERM
 * drains, a second one stops at once; both are a wanted end and exit with 0.
 */

import type { Result } from "../base/result.ts";
import { renderOrigin } from "../config/diagnostics/render.ts";
import { watchClock } from "../runtime/clock-watch.ts";
import type { StartFailure } from "../runtime/start.ts";
import type { Served } from "../supervisor/supervise.ts";
import type { CliContext, Signal } from "./context.ts";
import { EXIT } from "./exit-code.ts";

export interface ServeOptions {
  /** How long the first signal waits for what is in flight. */
  readonly drainMs: () => number;
  /** Whether the user knows the files that failures point into; the demo's and `proxy`'s are in memory. */
  readonly hasFiles: boolean;
  /** What has to be there as well before it is ready. When it cannot be had, all of it ends. */
  readonly open?: (proxy: Served, stop: () => void) => readonly StartFailure[];
  readonly onReady: (proxy: Served) => void;
  readonly onDraining?: () => void;
  /** What SIGHUP does; absent where there is nothing to read again. */
  readonly reload?: () => void;
}

/** Waits for the proxy to serve and resolves with the exit code once it has stopped. */
export async function serve(
  starting: Promise<Result<Served, readonly StartFailure[]>>,
  options: ServeOptions,
  context: CliContext,
): Promise<number> {
  const started = await starting;
  if (!started.ok) {
    context.err(renderFailures(started.error, options.hasFiles));
    return EXIT.invalid;
  }
  const proxy = started.value;
  const stopper = { stop: () => {} };
  const unwatch = watchClock(context.log);
  const stopped = untilStopped(proxy, options, context, stopper);
  const failures = options.open?.(proxy, () => stopper.stop()) ?? [];
  if (failures.length > 0) proxy.stopNow();
  else options.onReady(proxy);
  await stopped;
  unwatch();
  context.err(renderFailures(failures, options.hasFiles));
  return failures.length > 0 ? EXIT.invalid : EXIT.done;
}

/** What `run` and `proxy` say when they serve; process managers and tests wait for this line. */
export function logReady(context: CliContext, admin: string | null = null): (proxy: Served) => void {
  return ({ listeners }) => {
    context.log({
      level: "info",
      event: "ready",
      listeners: listeners.map(({ name, address }) => ({ name, address })),
      ...(admin === null ? {} : { admin }),
      pid: process.pid,
    });
  };
}

/** @param stopper gets what a signal would do */
async function untilStopped(
  proxy: Served,
  { drainMs, reload, onDraining }: ServeOptions,
  context: CliContext,
  stopper: { stop: () => void },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isDraining = false;

  function stop(signal: Signal | "admin"): void {
    if (isDraining) {
      context.log({ level: "warn", event: "stopped_at_once", signal });
      proxy.stopNow();
      proxy.done.then(resolve, reject);
      return;
    }
    isDraining = true;
    onDraining?.();
    const limitMs = drainMs();
    const begun = () => context.log({ level: "info", event: "draining", signal, drain_ms: limitMs });
    proxy.drain(limitMs, begun).then(resolve, reject);
  }

  // Asking twice for the end of what is ending is no wish to cut it short.
  stopper.stop = () => {
    if (!isDraining) stop("admin");
  };
  const forget = [
    context.onSignal("SIGINT", () => stop("SIGINT")),
    context.onSignal("SIGTERM", () => stop("SIGTERM")),
    // Ctrl-C ends npx and reaches us as well: one wish, not two.
    context.onSignal("parentLost", () => {
      if (!isDraining) stop("parentLost");
    }),
    context.onSignal("SIGHUP", reload ?? (() => context.log(NO_RELOAD))),
    context.onSignal("SIGUSR1", () => {
      proxy.reopenLogs();
      context.log({ level: "info", event: "logs_reopened" });
    }),
    context.onSignal("SIGUSR2", () => {
      if (!proxy.upgrade()) context.log(NO_UPGRADE);
    }),
  ];
  // While draining, `drain` has the last word: the log is still written after the last connection is gone.
  proxy.done.then(() => {
    if (!isDraining) resolve();
  }, reject);
  try {
    await promise;
  } finally {
    for (const each of forget) each();
  }
}

function renderFailures(failures: readonly StartFailure[], hasFiles: boolean): string {
  return failures
    .map(({ origin, code, message }) => {
      const place = origin === null || !hasFiles ? "portward" : renderOrigin(origin);
      return `${place}: error[${code}]: ${message}\n`;
    })
    .join("");
}

const NO_UPGRADE = {
  level: "warn",
  event: "upgrade_unavailable",
  message: "another process can take over only from `run`, on Linux, and not while it stops",
};

const NO_RELOAD = {
  level: "warn",
  event: "reload_unavailable",
  message: "there is no file to read again; what the command line said stays in force",
};
