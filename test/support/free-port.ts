/**
 * A port for what cannot choose one and say which: a server in another program, a second address of a configuration, a
 * listener that comes by a reload. Everybody else listens on port 0.
 */

/** One that was free a moment ago, and that nobody else in this process was given. */
export function freePort(): number {
  for (;;) {
    // Below those that the system gives to connections, one of which could have taken it by the time it is used.
    const port = LOWEST + Math.floor(Math.random() * (LOWEST_OF_SYSTEM - LOWEST));
    if (!given.has(port) && isFree(port)) {
      given.add(port);
      return port;
    }
  }
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

const given = new Set<number>();
const LOWEST = 20_000;
const LOWEST_OF_SYSTEM = 32_768;
