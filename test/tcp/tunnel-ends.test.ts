import { expect, test } from "bun:test";
import { startTunnel, type TunnelSummary } from "../../src/exchange/tunnel.ts";
import type { ConnectionHandler } from "../../src/io/connection.ts";
import type { Wire } from "../../src/io/wire.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** One side, as the tunnel sees it: keeps what it is sent, and says what the test has it say. */
class ScriptedWire implements Wire {
  handler!: ConnectionHandler;
  closed = false;
  blocked = false;
  paused = true;
  finished = false;
  sent = "";
  readonly unsentBytes = 0;
  readonly takenBytes = 0;
  readonly endedCleanly = true;
  readonly givesChunks = false;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  send(chunk: Buffer): void {
    this.sent += chunk.toString();
  }

  finish(): void {
    this.finished = true;
  }

  abort(): void {
    this.closed = true;
  }
}

function setUp() {
  const [downstream, upstream] = [new ScriptedWire(), new ScriptedWire()];
  const ends: TunnelSummary[] = [];
  startTunnel({
    downstream,
    upstream,
    downstreamLeftover: null,
    upstreamLeftover: null,
    idleMs: 60_000,
    timers: new FakeClock().timers,
    onEnd: (summary) => ends.push(summary),
  });
  return { downstream, upstream, ends };
}

test("what one side sends reaches the other, and a FIN does behind it", () => {
  const { downstream, upstream, ends } = setUp();
  upstream.handler.onData(Buffer.from("hello"));
  upstream.handler.onEnd();
  expect([downstream.sent, downstream.finished, upstream.finished]).toEqual(["hello", true, false]);
  downstream.handler.onEnd();
  upstream.handler.onClose(null);
  downstream.handler.onClose(null);
  expect(ends).toMatchObject([{ error: null, firstToClose: "upstream", upstreamBytes: 5 }]);
});

test("a side that is behind holds the other, until it has taken all", () => {
  const { downstream, upstream } = setUp();
  downstream.handler.onBlocked();
  expect([upstream.paused, downstream.paused]).toEqual([true, false]);
  downstream.handler.onDrain();
  expect(upstream.paused).toBe(false);
});

test("a side that closes while it is behind lets the other go on to its own close", () => {
  const { downstream, upstream, ends } = setUp();
  downstream.handler.onEnd();
  upstream.handler.onEnd();
  downstream.handler.onBlocked();
  downstream.closed = true;
  downstream.handler.onClose(null);
  expect(upstream.paused).toBe(false);
  upstream.handler.onClose(null);
  expect(ends).toMatchObject([{ error: null }]);
});
