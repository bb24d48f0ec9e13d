/**
 * A demo must start on a machine where something else already has port 3000 (another project) or 5000
 * (AirPlay on macOS): the wanted port, else one that is easy to recognise, else any.
 */

/**
 * The result of the first `attempt` whose port was free.
 * @throws what `attempt` throws for another reason, or at last
 */
export function onFreePort<T>(wanted: number, attempt: (port: number) => T): T {
  let taken: unknown;
  for (const port of candidates(wanted)) {
    try {
      return attempt(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
      taken = error;
    }
  }
  throw taken;
}

/**
 * Finds out whether a listener for all addresses can have `port`, and gives its number.
 * @throws with `EADDRINUSE` when it cannot
 */
export function probePort(port: number): number {
  let probed = port;
  // One by one: macOS lets a wildcard and a loopback listener share a port, and only one gets the visitor.
  for (const hostname of ["127.0.0.1", "0.0.0.0", "::"]) {
    try {
      const listener = Bun.listen({ hostname, port: probed, socket: { data() {} } });
      probed = listener.port;
      listener.stop(true);
    } catch (error) {
      // A machine without IPv6 has no `::`; that is no reason to move.
      if (isTaken(error)) throw error;
    }
  }
  return probed;
}

export function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

/** 5000, 5100, 5200 … so that the demo's five ports never get into each other's way; in the end, any. */
function candidates(wanted: number): readonly number[] {
  const near = Array.from({ length: ATTEMPTS }, (_, index) => wanted + index * STEP);
  return [...near, ANY, ANY, ANY];
}

const ATTEMPTS = 10;
const STEP = 100;
const ANY = 0;
