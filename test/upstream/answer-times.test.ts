/** Which answers tell how long an upstream takes: of whole requests, each once. */
import { expect, test } from "bun:test";
import { NO_BREAKER } from "../../src/config/schema/protection.ts";
import { Hedge } from "../../src/exchange/hedge.ts";
import { ResponseHead } from "../../src/protocol/http/response-head.ts";
import type { Target } from "../../src/upstream/target.ts";
import { NO_KEY, random } from "../../src/upstream/test-support/candidates.ts";
import { Upstream } from "../../src/upstream/upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Fewer answers than these are not concluded from. */
const KNOWN = 50;

class Scene {
  readonly #clock = new FakeClock();
  readonly upstream: Upstream;

  constructor() {
    const balance = { policy: "round_robin", slowStartMs: 0, failoverBelow: 0.5, zone: null } as const;
    const tools = { random: random(), timers: this.#clock.timers };
    this.upstream = new Upstream("group", [], { balance, outliers: null, breaker: NO_BREAKER }, tools);
  }

  get p95Ms(): number {
    return this.upstream.answerTimes.quantileMs(0.95);
  }

  /** A request whose answer comes after so long; -1: before the request is complete. */
  asks(answerMs: number, overtaken = false): void {
    const hedge: Hedge = new Hedge({ afterMs: null, budget: 1 }, this.upstream, this.#clock.timers, {
      ...NO_KEY,
      asksWebSocket: false,
      isPoorAnswer: () => false,
      keyOf: () => null,
      trace: null,
      sendTo() {},
      onOvertaken: () => hedge.onAnswered(),
    });
    if (answerMs >= 0) hedge.onRequestSent({} as Target);
    this.#clock.advance(Math.max(0, answerMs));
    if (overtaken) hedge.onResponseHead(new ResponseHead());
    else hedge.onAnswered();
  }
}

test("an answer to a request that is not complete tells nothing", () => {
  const scene = new Scene();
  for (let i = 0; i < KNOWN; i++) scene.asks(20);
  expect(scene.p95Ms).toBeWithin(15, 25);
  for (let i = 0; i < KNOWN; i++) scene.asks(-1);
  expect(scene.p95Ms).toBeWithin(15, 25);
});

test("an answer that overtakes another counts once", () => {
  const scene = new Scene();
  for (let i = 0; i < KNOWN - 1; i++) scene.asks(20, true);
  expect(scene.p95Ms).toBe(Number.POSITIVE_INFINITY);
  scene.asks(20, true);
  expect(scene.p95Ms).toBeWithin(15, 25);
});
