/** Which addresses are tried, when, and what becomes of those that lose. */
import { describe, expect, test } from "bun:test";
import type { ConnectAddress } from "../../src/io/connect.ts";
import type { Connection, ConnectionHandler } from "../../src/io/connection.ts";
import { connectAny } from "../../src/upstream/connect-race.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FullBacklog } from "../support/full-backlog.ts";

const PLAIN = { alpn: "", preface: null };

function race(addresses: readonly ConnectAddress[], clock: FakeClock) {
  const outcome: { connection: Connection | null; cause: string | null; told: number } = {
    connection: null,
    cause: null,
    told: 0,
  };
  const running = connectAny(
    addresses,
    {
      onConnect(connection): ConnectionHandler {
        outcome.connection = connection;
        outcome.told++;
        return connection.handler;
      },
      onConnectFailure(cause) {
        outcome.cause = cause;
        outcome.told++;
      },
    },
    PLAIN,
    clock.timers,
  );
  return { outcome, running };
}

function tcp(ip: string, port: number): ConnectAddress {
  return { kind: "tcp", ip, port };
}

describe("several addresses", () => {
  test("the next is tried at once when one refuses", async () => {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { outcome } = race([tcp("127.0.0.2", server.port), tcp("127.0.0.1", server.port)], new FakeClock());
    await eventually(() => outcome.connection !== null, "a connection");
    outcome.connection!.abort();
    server.stop(true);
  });

  test("whoever loses is closed when it comes after all, and nothing is told of it", async () => {
    const clock = new FakeClock();
    using full = await FullBacklog.open();
    const server = Bun.listen({ hostname: "127.0.0.2", port: full.port, socket: { data() {} } });
    const { outcome } = race([tcp("127.0.0.1", full.port), tcp("127.0.0.2", full.port)], clock);
    clock.advance(200);
    expect(outcome.told).toBe(0);
    clock.advance(50);
    await eventually(() => outcome.connection !== null, "a connection");
    expect(clock.timers.size).toBe(0);
    outcome.connection!.abort();
    full[Symbol.dispose]();
    server.stop(true);
    expect(outcome.told).toBe(1);
  });

  test("none is tried any more once it is settled; the outcome of what is under way is told", async () => {
    const clock = new FakeClock();
    const { outcome, running } = race([tcp("127.0.0.1", 1), tcp("127.0.0.2", 1)], clock);
    running.settle();
    await eventually(() => outcome.told === 1, "an outcome");
    expect(outcome.cause).toBe("ECONNREFUSED");
    expect(clock.timers.size).toBe(0);
  });
});
