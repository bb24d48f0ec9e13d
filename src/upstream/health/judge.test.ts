/** What is concluded from how requests end: who is ejected and for how long, and when circuits open and close. */
import { describe, expect, test } from "bun:test";
import { JOINT_TARGET } from "../../observe/metrics/joint-places.ts";
import { Circuit, type CircuitSettings } from "./circuit.ts";
import { Judge, type JudgeSettings } from "./judge.ts";
import type { OutlierSettings } from "./outliers.ts";
import { TargetHealth } from "./target-health.ts";

const OUTLIERS: OutlierSettings = {
  consecutive: 5,
  errorShare: Number.POSITIVE_INFINITY,
  latencyFactor: Number.POSITIVE_INFINITY,
  statuses: [502, 503, 504],
  minRequests: 20,
  windowMs: 10_000,
  ejectMs: 10_000,
  maxEjectMs: 60_000,
  maxEjected: 0.5,
};
const CIRCUIT: CircuitSettings = {
  errorShare: 0.5,
  statuses: [500, 503],
  minRequests: 10,
  windowMs: 10_000,
  openMs: 5_000,
  probes: 2,
};

interface Member {
  readonly weight: number;
  readonly active: number;
  readonly health: TargetHealth;
  ejected(): void;
}

class Scene {
  nowMs = 1_000_000;
  changes = 0;
  readonly targets: Member[];
  readonly judge: Judge<Member>;

  constructor(count: number, settings: Partial<JudgeSettings>) {
    this.targets = Array.from({ length: count }, () => ({
      weight: 1,
      active: 1,
      health: new TargetHealth(),
      ejected() {},
    }));
    this.judge = new Judge(
      { outliers: null, circuit: null, adaptive: false, ...settings },
      null,
      () => this.changes++,
    );
    this.judge.update(this.targets);
  }

  fail(target: number, times = 1): void {
    for (let i = 0; i < times; i++) this.judge.failed(this.targets[target]!, this.nowMs);
  }

  answer(target: number, times = 1, status = 200, latencyMs = 10): void {
    for (let i = 0; i < times; i++) {
      this.judge.answered(this.targets[target]!, status, latencyMs, this.nowMs);
    }
  }

  pass(ms: number): void {
    this.nowMs += ms;
    if (this.judge.deadlineMs <= this.nowMs) this.judge.tick(this.nowMs);
  }

  /** Who is out. */
  get out(): number[] {
    return this.targets.flatMap(({ health }, i) => (health.out === null ? [] : [i]));
  }
}

describe("outliers", () => {
  test("five failures in a row, and no success between them", () => {
    const scene = new Scene(4, { outliers: OUTLIERS });
    scene.fail(1, 4);
    scene.answer(1);
    scene.fail(1, 4);
    expect(scene.out).toEqual([]);
    scene.fail(1);
    expect(scene.out).toEqual([1]);
    expect(scene.changes).toBe(1);
  });

  test("listed statuses are failures, others are not", () => {
    const scene = new Scene(4, { outliers: OUTLIERS });
    scene.answer(1, 10, 500);
    scene.answer(2, 5, 503);
    expect(scene.out).toEqual([2]);
  });

  test("an ejection ends by itself; the next one lasts twice as long, and calm makes up for it", () => {
    const scene = new Scene(4, { outliers: OUTLIERS });
    const ejectedMs = (): number => {
      const beginMs = scene.nowMs;
      scene.fail(0, 5);
      expect(scene.out).toEqual([0]);
      for (scene.pass(500); scene.out.length > 0; ) scene.pass(500);
      return scene.nowMs - beginMs;
    };
    expect([ejectedMs(), ejectedMs(), ejectedMs(), ejectedMs(), ejectedMs()]).toEqual([
      10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
    scene.pass(30_000);
    expect(ejectedMs()).toBe(40_000);
    scene.pass(600_000);
    expect(ejectedMs()).toBe(10_000);
  });

  test("never more than a share of the group are out at once, nor the only one", () => {
    const scene = new Scene(5, { outliers: OUTLIERS });
    for (let target = 0; target < 5; target++) scene.fail(target, 20);
    expect(scene.out).toEqual([0, 1]);
    const alone = new Scene(1, { outliers: OUTLIERS });
    alone.fail(0, 100);
    expect(alone.out).toEqual([]);
  });

  test("a share of errors over a window, of enough requests", () => {
    const scene = new Scene(4, {
      outliers: { ...OUTLIERS, consecutive: Number.POSITIVE_INFINITY, errorShare: 0.3 },
    });
    for (let target = 0; target < 4; target++) scene.answer(target, 20);
    scene.fail(1, 10);
    scene.fail(2, 5);
    scene.pass(10_000);
    expect(scene.out).toEqual([1]);
    scene.fail(3, 19);
    scene.pass(20_000);
    expect(scene.out).toEqual([]);
  });

  test("slower than the group's median by a factor, of three or more", () => {
    const latencyFactor = 3;
    const scene = new Scene(4, { outliers: { ...OUTLIERS, latencyFactor } });
    for (const [target, latencyMs] of [20, 25, 30, 100].entries()) scene.answer(target, 20, 200, latencyMs);
    scene.pass(10_000);
    expect(scene.out).toEqual([3]);
    const two = new Scene(2, { outliers: { ...OUTLIERS, latencyFactor } });
    two.answer(0, 20, 200, 1);
    two.answer(1, 20, 200, 1_000);
    two.pass(10_000);
    expect(two.out).toEqual([]);
  });

  test("an idle group has nothing to wait for", () => {
    const scene = new Scene(3, { outliers: { ...OUTLIERS, errorShare: 0.3 } });
    expect(scene.judge.deadlineMs).toBe(Number.POSITIVE_INFINITY);
    scene.answer(0);
    expect(scene.judge.takeBegunWindow()).toBe(true);
    expect(scene.judge.takeBegunWindow()).toBe(false);
    scene.pass(10_000);
    scene.pass(10_000);
    expect(scene.judge.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a circuit", () => {
  function noted(outcomes: string, circuit: Circuit, nowMs = 0): Circuit["state"] {
    for (const outcome of outcomes) circuit.note(outcome === "+", nowMs);
    return circuit.state;
  }

  test("opens at its share of enough requests within a window", () => {
    const circuit = new Circuit(CIRCUIT, JOINT_TARGET.circuit);
    expect(noted("---------", circuit)).toBe("closed");
    expect(noted("+", circuit)).toBe("open");
    expect(
      noted("++++++-----".repeat(2), new Circuit({ ...CIRCUIT, minRequests: 11 }, JOINT_TARGET.circuit)),
    ).toBe("closed");
  });

  test("forgets what is older than its window", () => {
    const circuit = new Circuit(CIRCUIT, JOINT_TARGET.circuit);
    expect(noted("---------", circuit, 0)).toBe("closed");
    expect(noted("---------", circuit, 10_000)).toBe("closed");
    expect(noted("-", circuit, 10_000)).toBe("open");
  });

  test("is half open after a while; so many successes close it, and one failure opens it again", () => {
    const circuit = new Circuit(CIRCUIT, JOINT_TARGET.circuit);
    noted("----------", circuit);
    expect(circuit.deadlineMs).toBe(5_000);
    expect([circuit.tick(4_999), circuit.state]).toEqual([false, "open"]);
    expect([circuit.tick(5_000), circuit.state]).toEqual([true, "half open"]);
    expect(noted("+-", circuit, 6_000)).toBe("open");
    expect(circuit.deadlineMs).toBe(11_000);
    circuit.tick(11_000);
    expect(noted("+", circuit, 12_000)).toBe("half open");
    expect(noted("+", circuit, 12_000)).toBe("closed");
    expect(noted("---------", circuit, 12_000)).toBe("closed");
  });

  test("what ends while it is open was begun before and counts for nothing", () => {
    const circuit = new Circuit(CIRCUIT, JOINT_TARGET.circuit);
    noted("----------", circuit);
    expect(noted("+++++", circuit)).toBe("open");
    circuit.tick(5_000);
    expect(noted("+", circuit, 5_000)).toBe("half open");
  });

  test("there is one for each target and one for the upstream", () => {
    const scene = new Scene(4, { circuit: CIRCUIT });
    scene.fail(2, 10);
    expect(scene.out).toEqual([2]);
    expect(scene.judge.circuit!.state).toBe("open");
    const spread = new Scene(4, { circuit: CIRCUIT });
    for (let target = 0; target < 4; target++) spread.answer(target, 3, 500);
    expect(spread.out).toEqual([]);
    expect(spread.judge.circuit!.state).toBe("open");
  });
});
