/** Runs HTTP load from our own generator against contestants: what closed-loop and paced workloads share. */
import { type Bench, type Contest, type Contestant, holdContest, type Load } from "../contest.ts";
import { missingFeature } from "../features.ts";
import { LoadProcess } from "../load/commands.ts";
import type { HttpCommand, HttpReady, HttpReply } from "../load/http.ts";
import type { ContestantResult } from "../results.ts";
import { HOST } from "./messages.ts";

export type HttpGenerator = LoadProcess<HttpReady, HttpCommand, HttpReply>;

/** The part of a command that does not depend on the round. */
export type HttpExchange = Pick<HttpCommand, "requests" | "answer" | "connections" | "newConnections">;

export async function withHttpGenerator<T>(
  bench: Bench,
  work: (generator: HttpGenerator) => Promise<T>,
): Promise<T> {
  const generator: HttpGenerator = await LoadProcess.start(bench.sandbox, "http.ts", bench.options.loadCore);
  try {
    return await work(generator);
  } finally {
    await generator.stop();
  }
}

export interface HttpContest extends Partial<Pick<Contest, "figureOf" | "countAllocation">> {
  readonly workload: string;
  readonly contestants: readonly Contestant[];
  readonly requestsPerSecond: number | null;
  exchangeFor(contestant: Contestant): HttpExchange;
  onReply?(reply: HttpReply): void;
}

export function holdHttpContest(
  bench: Bench,
  generator: HttpGenerator,
  contest: HttpContest,
): Promise<ContestantResult[]> {
  const { workload, contestants, requestsPerSecond, figureOf, countAllocation = false } = contest;
  return holdContest(bench, {
    workload,
    contestants,
    originPort: generator.ready.originPort,
    countAllocation,
    ...(figureOf ? { figureOf } : {}),
    check: (port, contestant) => check(generator, port, contest.exchangeFor(contestant)),
    load: async (port, seconds, contestant) => {
      const reply = await generator.ask({
        ...contest.exchangeFor(contestant),
        port,
        seconds,
        requestsPerSecond,
      });
      contest.onReply?.(reply);
      return toLoad(reply);
    },
  });
}

/** A few requests on one connection: are answers whole, is every feature on, are upstream connections kept? */
async function check(generator: HttpGenerator, port: number, exchange: HttpExchange): Promise<string | null> {
  const few = { ...exchange, port, connections: 1, seconds: 0.2, requestsPerSecond: 100 };
  const first = await generator.ask(few);
  if (first.failure !== null) return first.failure;
  const body = exchange.answer.slice(exchange.answer.indexOf("\r\n\r\n"));
  if (!first.lastAnswer.endsWith(body)) return "an answer had other bytes than the origin's";
  const second = await generator.ask(few);
  const opened = second.originConnections - first.originConnections;
  if (opened > 1) return `${second.answers} requests opened ${opened} connections to the origin`;
  // A body may have come in a read of its own; its head was looked at in the other workloads.
  const hasHead = second.lastRequest.includes(" HTTP/1.1\r\n");
  return second.failure ?? (hasHead ? missingFeature(second.lastRequest, HOST) : null);
}

function toLoad({ answers, seconds, failure, p50Us, p99Us, p999Us, longestStallUs }: HttpReply): Load {
  return {
    units: answers,
    seconds,
    failure: failure ?? (answers === 0 ? "no request was answered" : null),
    p50Us,
    p99Us,
    p999Us,
    longestStallUs,
  };
}
