/**
 * paced: how late answers are when the proxy has time. All peers get the same fixed rate, half of what
 * nginx can do at most on this machine, measured just before with the same generator.
 */
import { type Bench, type Contestant, contestantsOf } from "../contest.ts";
import { spreadOf } from "../measure/stats.ts";
import { nginx } from "../peers/nginx.ts";
import type { WorkloadResult } from "../results.ts";
import { type HttpExchange, type HttpGenerator, holdHttpContest, withHttpGenerator } from "./http-loop.ts";
import { request, SMALL_ANSWER } from "./messages.ts";
import { REFERENCE, type Workload } from "./workload.ts";

export const paced: Workload = {
  name: "paced",
  title: "GET, 100-byte answer, fixed rate: half of nginx's saturation rate, 64 connections",
  run: (bench) => withHttpGenerator(bench, (generator) => runPaced(bench, generator)),
};

async function runPaced(bench: Bench, generator: HttpGenerator): Promise<WorkloadResult> {
  const saturation = await saturationOf(bench, generator);
  const requestsPerSecond = Math.round(saturation / 2);
  return {
    name: paced.name,
    title: paced.title,
    figureName: "p99.9 µs",
    rateName: "requests/s",
    reference: REFERENCE,
    bound: { of: "ratio", atMost: 1.5, text: "at most 1.5 of nginx" },
    notes: [`nginx does at most ${Math.round(saturation)} requests/s here; due were ${requestsPerSecond}`],
    contestants: await holdHttpContest(bench, generator, {
      workload: paced.name,
      contestants: contestantsOf(bench, "http"),
      requestsPerSecond,
      figureOf: (_, { p999Us }) => p999Us ?? 0,
      exchangeFor: () => EXCHANGE,
    }),
  };
}

/** The median rate of nginx when each of the connections always has a request under way. */
async function saturationOf(bench: Bench, generator: HttpGenerator): Promise<number> {
  const contestant: Contestant = { name: "nginx", peer: nginx, kind: "http", routes: 1 };
  const [result] = await holdHttpContest(bench, generator, {
    workload: paced.name,
    contestants: [contestant],
    requestsPerSecond: null,
    exchangeFor: () => EXCHANGE,
  });
  const rates = spreadOf(result!.rounds.flatMap((round) => (round.ok ? [round.rate] : [])));
  if (rates === null) throw new Error("paced: nginx did not answer at full load");
  return rates.median;
}

const EXCHANGE: HttpExchange = {
  connections: 64,
  newConnections: false,
  requests: [request("GET", "/small")],
  answer: SMALL_ANSWER,
};
