/**
 * routes10k: whether 10,000 routes on one listener cost more per request than ten. Each peer is measured against
 * itself. Requests go over all of the routes in a scattered order, so that nothing stays in the processor's
 * caches by luck.
 */
import type { Bench, Contestant } from "../contest.ts";
import { routePath } from "../peers/peer.ts";
import type { ContestantResult, WorkloadResult } from "../results.ts";
import { type HttpExchange, type HttpGenerator, holdHttpContest, withHttpGenerator } from "./http-loop.ts";
import { request, SMALL_ANSWER } from "./messages.ts";
import type { Workload } from "./workload.ts";

export const routes10k: Workload = {
  name: "routes10k",
  title: "GET, 100-byte answer, 32 connections, over 10 and over 10,000 routes",
  run: (bench) => withHttpGenerator(bench, (generator) => runRoutes(bench, generator)),
};

async function runRoutes(bench: Bench, generator: HttpGenerator): Promise<WorkloadResult> {
  const exchanges = new Map([FEW, MANY].map((routes) => [routes, scatteredOver(routes)]));
  const results = await holdHttpContest(bench, generator, {
    workload: routes10k.name,
    contestants: bench.peers.flatMap(fewAndMany),
    requestsPerSecond: null,
    exchangeFor: ({ routes }) => exchanges.get(routes)!,
  });
  return {
    name: routes10k.name,
    title: routes10k.title,
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: "10 routes",
    bound: { of: "ratio", atMost: 1.1, text: "at most 1.1 of 10 routes" },
    notes: results.map(
      ({ name, startMs = 0 }) => `${name}: accepted connections after ${Math.round(startMs)} ms`,
    ),
    contestants: results.map(againstItself),
  };
}

function fewAndMany(peer: Contestant["peer"]): Contestant[] {
  return [FEW, MANY].map((routes) => ({ name: nameOf(peer.name, routes), peer, kind: "http", routes }));
}

function againstItself(result: ContestantResult): ContestantResult {
  const [peer] = result.name.split(",", 1);
  return { ...result, reference: nameOf(peer!, FEW) };
}

function nameOf(peer: string, routes: number): string {
  return `${peer}, ${routes.toLocaleString("en-GB")} routes`;
}

/** The stride has no divisor in common with the number of routes: all get the same share. */
function scatteredOver(routes: number): HttpExchange {
  const requests = Array.from({ length: routes }, (_, i) =>
    request("GET", `${routePath((i * STRIDE) % routes)}/item`),
  );
  return { connections: 32, newConnections: false, requests, answer: SMALL_ANSWER };
}

const FEW = 10;
const MANY = 10_000;
const STRIDE = 7_919;
