/**
 * small-wrk: `small` once more with tools that are not ours, wrk in front and nginx as the origin, to compare
 * with. The two share one core and are dearer than a good proxy, which therefore idles part of the time:
 * rates and latencies are theirs, and CPU time per request is a little higher than at full load.
 */
import { type Bench, contestantsOf, holdContest, type Load, withOrigin } from "../contest.ts";
import { missingFeature } from "../features.ts";
import { runWrk, type WrkSummary, wrkFailure } from "../load/wrk.ts";
import { FIELDS_PATH, SMALL_PATH } from "../origin.ts";
import type { WorkloadResult } from "../results.ts";
import { SMALL_BODY } from "./messages.ts";
import { REFERENCE, type Workload } from "./workload.ts";

export const smallWrk: Workload = {
  name: "small-wrk",
  title: "GET, 100-byte answer, 32 connections, wrk in front and nginx behind",
  run: (bench) => withOrigin(bench, (originPort) => runSmall(bench, originPort)),
};

async function runSmall(bench: Bench, originPort: number): Promise<WorkloadResult> {
  const core = bench.options.loadCore;
  return {
    name: smallWrk.name,
    title: smallWrk.title,
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: REFERENCE,
    notes: [],
    contestants: await holdContest(bench, {
      workload: smallWrk.name,
      contestants: contestantsOf(bench, "http"),
      originPort,
      check: async (port) => (await checkAnswer(port)) ?? (await checkFeatures(port)),
      load: async (port, seconds) =>
        toLoad(await runWrk(bench.sandbox, { port, path: SMALL_PATH, connections: 32, seconds, core })),
    }),
  };
}

function toLoad(summary: WrkSummary): Load {
  const bytesEach = summary.bytes / summary.requests;
  const short = bytesEach < SMALL_BODY.length ? `answers had ${Math.round(bytesEach)} bytes` : null;
  const { p50Us, p99Us, p999Us, requests: units, durationUs } = summary;
  return { units, seconds: durationUs / 1e6, failure: wrkFailure(summary) ?? short, p50Us, p99Us, p999Us };
}

async function checkAnswer(port: number): Promise<string | null> {
  const response = await get(port, SMALL_PATH);
  if (response.status !== 200) return `the answer was a ${response.status}`;
  return (await response.text()) === SMALL_BODY ? null : "the answer had other bytes than the origin's";
}

/** The origin answers with the head it received, as far as it matters. */
async function checkFeatures(port: number): Promise<string | null> {
  const response = await get(port, FIELDS_PATH);
  return missingFeature(await response.text(), `127.0.0.1:${port}`);
}

function get(port: number, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
}

const ANSWER_MS = 5_000;
