/**
 * Workloads that keep a fixed number of HTTP requests under way: small, small-log, rich, post4k and churn. The figure is
 * the proxy's CPU time per answered request.
 */
import { type Bench, type Contestant, contestantsOf } from "../contest.ts";
import type { Bound, WorkloadResult } from "../results.ts";
import { type HttpExchange, holdHttpContest, withHttpGenerator } from "./http-loop.ts";
import { BROWSER_FIELDS, POST_BODY, RICH_ANSWER, request, SMALL_ANSWER, STORED_ANSWER } from "./messages.ts";
import { REFERENCE, type Workload } from "./workload.ts";

const NO_DEARER: Bound = { of: "ratio", atMost: 1, text: "at most 1.0 of nginx" };
const CONNECTIONS = 32;
const KEPT = { connections: CONNECTIONS, newConnections: false };

export const small = closedLoop("small", `GET, 100-byte answer, ${CONNECTIONS} connections`, {
  ...KEPT,
  requests: [request("GET", "/small")],
  answer: SMALL_ANSWER,
});

/** What a log costs: each peer with it, and beside itself without. HAProxy leaves files to others. */
export const smallLog = closedLoop(
  "small-log",
  `small, with an access log in a file; nginx buffers 64 KiB of it`,
  { ...KEPT, requests: [request("GET", "/small?item=7")], answer: SMALL_ANSWER },
  (bench) =>
    contestantsOf(bench, "http")
      .filter(({ peer }) => peer.logsToFile === true)
      .flatMap((each) => [
        { ...each, log: true },
        { ...each, name: `${each.name}, no log` },
      ]),
);

export const rich = closedLoop(
  "rich",
  `GET with 14 browser header fields, 2 KiB JSON answer with 10 fields, ${CONNECTIONS} connections`,
  { ...KEPT, requests: [request("GET", "/catalogue/new?page=2", BROWSER_FIELDS)], answer: RICH_ANSWER },
);

export const post4k = closedLoop("post4k", `POST of 4 KiB, short answer, ${CONNECTIONS} connections`, {
  ...KEPT,
  requests: [request("POST", "/orders", { "Content-Type": "text/plain" }, POST_BODY)],
  answer: STORED_ANSWER,
});

export const churn = closedLoop("churn", `GET on a new connection each time, ${CONNECTIONS} at once`, {
  connections: CONNECTIONS,
  newConnections: true,
  requests: [request("GET", "/small", { Connection: "close" })],
  answer: SMALL_ANSWER,
});

type Contestants = (bench: Bench) => Contestant[];

function closedLoop(
  name: string,
  title: string,
  exchange: HttpExchange,
  contestants: Contestants = (bench) => contestantsOf(bench, "http"),
): Workload {
  return { name, title, run: (bench) => run(bench, name, title, exchange, contestants(bench)) };
}

function run(
  bench: Bench,
  name: string,
  title: string,
  exchange: HttpExchange,
  contestants: readonly Contestant[],
): Promise<WorkloadResult> {
  return withHttpGenerator(bench, async (generator) => ({
    name,
    title,
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: REFERENCE,
    bound: NO_DEARER,
    notes: [],
    contestants: await holdHttpContest(bench, generator, {
      workload: name,
      contestants,
      requestsPerSecond: null,
      countAllocation: true,
      exchangeFor: () => exchange,
    }),
  }));
}
