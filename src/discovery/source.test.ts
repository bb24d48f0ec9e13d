/** What a source tells, and what it keeps to itself. */
import { describe, expect, test } from "bun:test";
import { SourceError, type SourceProblem, type TargetList } from "./contract.ts";
import { Source } from "./source.ts";
import { readTargetValue } from "./target-list.ts";
import { FakeTools, ScriptedProvider, settled } from "./test-support.ts";

function list(version: string, ...targets: string[]): TargetList {
  return readTargetValue(targets, version);
}

function open(keepMs = Number.POSITIVE_INFINITY) {
  const tools = new FakeTools();
  const provider = new ScriptedProvider();
  const told: string[][] = [];
  const problems: (string | null)[] = [];
  const source = new Source(provider.bound, keepMs, tools, {
    onTargets: (targets) =>
      told.push(targets.map(({ address }) => ("port" in address ? String(address.port) : ""))),
    onProblem: (problem: SourceProblem | null) => problems.push(problem?.code ?? null),
  });
  source.start();
  return { tools, provider, source, told, problems };
}

test("the first list is told at once", async () => {
  const { provider, source, told } = open();
  provider.events!.onTargets(list("1", "10.0.0.1:80"));
  await source.first;
  expect(told).toEqual([["80"]]);
  expect(source.state).toMatchObject({ version: "1", targets: 1, problem: null, sinceMs: 1_000_000 });
});

test("the same targets in another order or version are told once", async () => {
  const { provider, source, told, tools } = open();
  provider.events!.onTargets(list("1", "10.0.0.1:80", "10.0.0.1:81"));
  await tools.advance(1_000);
  provider.events!.onTargets(list("2", "10.0.0.1:81", "10.0.0.1:80"));
  await tools.advance(1_000);
  expect(told.length).toBe(1);
  expect(source.state.version).toBe("2");
});

test("a source that flaps is followed at a pace: the last list of each tenth of a second", async () => {
  const { provider, told, tools } = open();
  for (let change = 0; change < 1_000; change++) {
    provider.events!.onTargets(list(String(change), `10.0.0.1:${1 + (change % 500)}`));
    await tools.advance(60);
  }
  expect(told.length).toBeLessThanOrEqual(601);
  await tools.advance(100);
  expect(told.at(-1)).toEqual(["500"]);
});

describe("a source that fails", () => {
  test("leaves the last good list in force, is told once, and is asked again after growing pauses", async () => {
    const { provider, source, told, problems, tools } = open();
    provider.events!.onTargets(list("1", "10.0.0.1:80"));
    await settled();
    const startsMs: number[] = [];
    for (let run = 1; run <= 8; run++) {
      await provider.fail(new SourceError("unreachable", "gone"));
      while (provider.runs === run) await tools.advance(50);
      startsMs.push(tools.nowMs());
    }
    expect(told).toEqual([["80"]]);
    expect(problems).toEqual(["unreachable"]);
    expect(source.state).toMatchObject({ targets: 1, problem: { code: "unreachable" }, expired: false });
    const pauses = startsMs.slice(1).map((ms, i) => ms - startsMs[i]!);
    for (const [i, pause] of pauses.entries()) {
      const step = Math.min(500 * 2 ** (i + 1), 30_000);
      expect(pause).toBeWithin(step / 2 - 60, step + 60);
    }
    provider.events!.onTargets(list("2", "10.0.0.1:80"));
    await tools.advance(200);
    expect(problems).toEqual(["unreachable", null]);
  });

  test("for longer than its list is to be kept has none any more, until it answers again", async () => {
    const { provider, source, told, tools } = open(60_000);
    provider.events!.onTargets(list("1", "10.0.0.1:80"));
    await settled();
    provider.events!.onProblem({ code: "refused", message: "no" });
    await tools.advance(59_000);
    expect(told).toEqual([["80"]]);
    await tools.advance(1_000);
    expect(told).toEqual([["80"], []]);
    expect(source.state.expired).toBe(true);
    provider.events!.onTargets(list("1", "10.0.0.1:80"));
    await tools.advance(200);
    expect(told).toEqual([["80"], [], ["80"]]);
  });

  test("and answers in time keeps its list", async () => {
    const { provider, told, tools } = open(60_000);
    provider.events!.onTargets(list("1", "10.0.0.1:80"));
    await settled();
    provider.events!.onProblem({ code: "refused", message: "no" });
    await tools.advance(50_000);
    provider.events!.onTargets(list("1", "10.0.0.1:80"));
    await tools.advance(100_000);
    expect(told).toEqual([["80"]]);
  });

  test("before its first list settles the wait for it", async () => {
    const { provider, source } = open();
    await provider.fail(new Error("a library's own"));
    await source.first;
    expect(source.targets).toBeNull();
    expect(source.state.problem).toEqual({ code: "unreachable", message: "a library's own" });
  });

  const FETCHES: readonly [string, string, BunFetchRequestInit][] = [
    ["the connection is refused (ECONNREFUSED)", "http://127.0.0.1:1/", {}],
    ["there is no such socket (ENOENT)", "http://docker/", { unix: "/nonexistent/docker.sock" }],
    ["no answer in time (TimeoutError)", "http://127.0.0.1:1/", { signal: AbortSignal.timeout(0) }],
  ];

  for (const [words, url, init] of FETCHES) {
    test(`says in plain words that ${words}`, async () => {
      const { provider, source } = open();
      const failing = fetch(url, init).then(
        () => new Error("answered"),
        (error: Error) => error,
      );
      await provider.fail(await failing);
      await source.first;
      expect(source.state.problem?.message).toBe(words);
    });
  }
});

test("after its end nothing is told", async () => {
  const { provider, source, told, tools } = open();
  source.stop();
  provider.events!.onTargets(list("1", "10.0.0.1:80"));
  await tools.advance(10_000);
  expect(told).toEqual([]);
  expect(provider.runs).toBe(1);
});
