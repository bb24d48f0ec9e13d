/** Connections to a listener of this file, on a clock that the test moves. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Socket, TCPSocketListener } from "bun";
import type { Timed, Timers } from "../base/clock.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { ConnectAddress, ConnectAttempt } from "../io/connect.ts";
import type { H1Stream } from "./h1-stream.ts";
import { Pool } from "./pool.ts";
import type { LentStream, PoolOptions, StreamWaiter } from "./stream-pool.ts";

const OPTIONS: PoolOptions = {
  idleConnections: 2,
  idleTimeoutMs: 10_000,
  maxAgeMs: 60_000,
  connections: 5,
  pendingConnects: 2,
  codec: { headBytes: 1_000, fieldCount: 10, lineBytes: 100, chunkExtensionBytes: 0 },
};
const REFUSED: ConnectAddress = { kind: "tcp", ip: "127.0.0.1", port: 1 };

class Time implements Timers {
  nowMs = 1_000;
  readonly clock = { nowMs: () => this.nowMs, wallMs: () => this.nowMs };
  readonly armed = new Set<Timed>();

  arm(timed: Timed): void {
    this.armed.add(timed);
  }

  disarm(timed: Timed): void {
    this.armed.delete(timed);
  }

  /** Calls who is due, as the wheel does. */
  advance(ms: number): void {
    this.nowMs += ms;
    for (const timed of [...this.armed]) {
      if (timed.deadlineMs > this.nowMs) continue;
      this.armed.delete(timed);
      timed.expire(this.nowMs);
    }
  }
}

class Waiter implements StreamWaiter {
  readonly needsTunnel = false;
  readonly outcome = Promise.withResolvers<H1Stream | ProxyError>();

  onStream(stream: LentStream): void {
    this.outcome.resolve(stream as H1Stream);
  }

  onNoStream(error: ProxyError): void {
    this.outcome.resolve(error);
  }
}

let listener: TCPSocketListener<undefined>;
let accepted: Socket<undefined>[] = [];
beforeAll(() => {
  listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: { open: (socket) => void accepted.push(socket), data() {}, error() {} },
  });
});
afterAll(() => listener.stop(true));

function setUp(options: Partial<PoolOptions> = {}, addresses?: readonly ConnectAddress[]) {
  const time = new Time();
  const here: ConnectAddress = { kind: "tcp", ip: "127.0.0.1", port: listener.port };
  const pool = new Pool({ connectAddresses: () => addresses ?? [here] }, { ...OPTIONS, ...options }, time);
  accepted = [];
  return { pool, time };
}

async function connected(pool: Pool): Promise<H1Stream> {
  const waiter = new Waiter();
  const attempt = pool.connect(waiter);
  if (typeof attempt === "string") throw new Error(attempt);
  const stream = await waiter.outcome.promise;
  if ("code" in stream) throw new Error(stream.code);
  return stream;
}

/** As a stream does at the end of a clean exchange. */
function free(pool: Pool, stream: H1Stream, time: Time): void {
  stream.idleSinceMs = time.nowMs;
  pool.onStreamFree(stream);
}

describe("idle connections", () => {
  test("are taken newest first", async () => {
    const { pool, time } = setUp();
    const [a, b] = [await connected(pool), await connected(pool)];
    free(pool, a, time);
    free(pool, b, time);
    expect(pool.idleCount).toBe(2);
    expect(pool.take()).toBe(b);
    expect(pool.take()).toBe(a);
    expect(pool.take()).toBeNull();
    expect(a.reused && b.reused).toBe(true);
  });

  test("beyond the limit are closed", async () => {
    const { pool, time } = setUp();
    const streams = [await connected(pool), await connected(pool), await connected(pool)];
    for (const stream of streams) free(pool, stream, time);
    expect({ idle: pool.idleCount, total: pool.total }).toEqual({ idle: 2, total: 2 });
  });

  test("are closed when their time is over, and not before", async () => {
    const { pool, time } = setUp();
    free(pool, await connected(pool), time);
    time.advance(9_999);
    expect(pool.idleCount).toBe(1);
    time.advance(1);
    expect({ idle: pool.idleCount, total: pool.total, timers: time.armed.size }).toEqual({
      idle: 0,
      total: 0,
      timers: 0,
    });
  });

  test("keep no timer while they are used", async () => {
    const { pool, time } = setUp();
    const stream = await connected(pool);
    free(pool, stream, time);
    const taken = pool.take()!;
    taken.lend({} as never);
    time.advance(1_000_000);
    expect(pool.total).toBe(1);
    taken.abort();
    expect({ total: pool.total, timers: time.armed.size }).toEqual({ total: 0, timers: 0 });
  });

  test("are too old to be kept, or to be taken", async () => {
    const { pool, time } = setUp({ idleTimeoutMs: 1_000_000 });
    const [old, younger] = [await connected(pool), await connected(pool)];
    time.advance(60_001);
    free(pool, old, time);
    expect(pool.idleCount).toBe(0);
    time.nowMs -= 60_001;
    free(pool, younger, time);
    time.nowMs += 60_001;
    expect(pool.take()).toBeNull();
    expect(pool.total).toBe(0);
  });

  for (const [what, act] of [
    ["was closed by the target", (socket: Socket<undefined>) => void socket.end()],
    [
      "holds bytes that nobody asked for",
      (socket: Socket<undefined>) => void socket.write("HTTP/1.1 200 OK\r\n"),
    ],
  ] as const) {
    test(`one that ${what} is not taken`, async () => {
      const { pool, time } = setUp();
      free(pool, await connected(pool), time);
      act(accepted[0]!);
      time.nowMs += 11;
      expect(pool.take()).toBeNull();
      expect(pool.total).toBe(0);
    });
  }
});

describe("limits", () => {
  test("of connections, idle ones included", async () => {
    const { pool, time } = setUp({ connections: 2 });
    free(pool, await connected(pool), time);
    await connected(pool);
    expect(pool.connect(new Waiter())).toBe("limit.target_connections");
    pool.take()!.abort();
    expect(typeof pool.connect(new Waiter())).toBe("object");
  });

  test("of connects under way", async () => {
    const { pool } = setUp();
    const waiters = [new Waiter(), new Waiter(), new Waiter()];
    const attempts = waiters.map((waiter) => pool.connect(waiter));
    expect(attempts[2]).toBe("limit.pending_connects");
    expect(pool.connecting).toBe(2);
    await Promise.all(waiters.slice(0, 2).map(({ outcome }) => outcome.promise));
    expect({ connecting: pool.connecting, total: pool.total }).toEqual({ connecting: 0, total: 2 });
  });
});

describe("connecting", () => {
  test("goes through the addresses and ends with the word of the last", async () => {
    const { pool } = setUp({}, [REFUSED, { kind: "unix", path: "/nowhere/at/all" }, REFUSED]);
    const waiter = new Waiter();
    pool.connect(waiter);
    expect(await waiter.outcome.promise).toMatchObject({ code: "upstream.refused", cause: "ECONNREFUSED" });
    expect({ connecting: pool.connecting, total: pool.total }).toEqual({ connecting: 0, total: 0 });
  });

  test("tells nobody before it has returned", async () => {
    const { pool } = setUp({}, [{ kind: "unix", path: "/nowhere/at/all" }]);
    const waiter = new Waiter();
    let hasReturned = false;
    waiter.onNoStream = (error) => waiter.outcome.resolve({ ...error, cause: String(hasReturned) });
    pool.connect(waiter);
    hasReturned = true;
    expect(await waiter.outcome.promise).toMatchObject({ cause: "true" });
  });

  test("without an address is not tried", () => {
    expect(setUp({}, []).pool.connect(new Waiter())).toBe("upstream.name_not_found");
  });

  test("for somebody who has left leaves the connection to the next", async () => {
    const { pool } = setUp();
    const waiter = new Waiter();
    (pool.connect(waiter) as ConnectAttempt).cancel();
    const other = await connected(pool);
    expect(pool.idleCount).toBe(1);
    expect(pool.take()).not.toBe(other);
  });

  test("for somebody who has left, at addresses that refuse, tries no further one", async () => {
    const { pool } = setUp({}, [REFUSED, { kind: "tcp", ip: "127.0.0.1", port: listener.port }]);
    (pool.connect(new Waiter()) as ConnectAttempt).cancel();
    while (pool.connecting > 0) await Bun.sleep(1);
    expect({ total: pool.total, accepted: accepted.length }).toEqual({ total: 0, accepted: 0 });
  });
});

describe("a pool that is closed", () => {
  test("lets go of idle connections now, of busy ones when they are free, of new ones when they come", async () => {
    const { pool, time } = setUp();
    const [idle, busy] = [await connected(pool), await connected(pool)];
    free(pool, idle, time);
    const coming = new Waiter();
    (pool.connect(coming) as ConnectAttempt).cancel();
    pool.close();
    expect({ idle: pool.idleCount, total: pool.total }).toEqual({ idle: 0, total: 2 });
    free(pool, busy, time);
    while (pool.connecting > 0) await Bun.sleep(1);
    expect({ total: pool.total, timers: time.armed.size }).toEqual({ total: 0, timers: 0 });
  });
});
