/**
 * A server on both loopback addresses under one port. The files of the demo say `localhost`, which is
 * 127.0.0.1 on one machine and ::1 on the next, where another project's server may already be.
 */
import type { DemoUpstream } from "./demo-upstream.ts";
import { isTaken } from "./free-port.ts";

/** @throws with `EADDRINUSE` when either address has the port taken */
export function onLoopback(
  port: number,
  startAt: (hostname: string, port: number) => DemoUpstream,
): DemoUpstream {
  const first = startAt("127.0.0.1", port);
  const second = startSecond(first, startAt);
  return {
    port: first.port,
    async stop() {
      await Promise.all([first.stop(), second?.stop()]);
    },
  };
}

function startSecond(
  first: DemoUpstream,
  startAt: (hostname: string, port: number) => DemoUpstream,
): DemoUpstream | null {
  try {
    return startAt("::1", first.port);
  } catch (error) {
    // A machine without IPv6 does well with the first alone.
    if (!isTaken(error)) return null;
    void first.stop();
    throw error;
  }
}
