/** big1m and tcp-bulk: the cost of moving bytes. */
import { type Bench, type Contest, contestantsOf, holdContest, type Load } from "../contest.ts";
import { missingFeature } from "../features.ts";
import { LoadProcess } from "../load/commands.ts";
import type { TransferCommand, TransferReady, TransferReply } from "../load/transfer.ts";
import type { WorkloadResult } from "../results.ts";
import { REFERENCE, type Workload } from "./workload.ts";

interface Transfer {
  readonly name: string;
  readonly title: string;
  readonly kind: "http" | "tcp";
  readonly bodyBytes: number;
  readonly figureName: string;
  readonly rateName: string;
  /** What one unit of the figure and the rate is. */
  readonly unitBytes: number;
  readonly figureOf?: Contest["figureOf"];
}

export const big1m = transfer({
  name: "big1m",
  title: "GET, 1 MiB answer, 8 connections",
  kind: "http",
  bodyBytes: 1 << 20,
  figureName: "CPU µs/request",
  rateName: "requests/s",
  unitBytes: 1 << 20,
});

export const tcpBulk = transfer({
  name: "tcp-bulk",
  title: "TCP tunnel, bytes one way, 8 connections",
  kind: "tcp",
  bodyBytes: 1 << 24,
  figureName: "CPU s/GB",
  rateName: "GB/s",
  unitBytes: 1e9,
  figureOf: (cpuUs) => cpuUs / 1e6,
});

function transfer(definition: Transfer): Workload {
  const { name, title } = definition;
  return { name, title, run: (bench) => run(bench, definition) };
}

type Generator = LoadProcess<TransferReady, TransferCommand, TransferReply>;

async function run(bench: Bench, definition: Transfer): Promise<WorkloadResult> {
  const { name, title, kind, figureName, rateName, figureOf } = definition;
  const generator: Generator = await LoadProcess.start(bench.sandbox, "transfer.ts", bench.options.loadCore);
  try {
    return {
      name,
      title,
      figureName,
      rateName,
      reference: REFERENCE,
      bound: { of: "ratio", atMost: 1.2, text: "at most 1.2 of nginx" },
      notes: [],
      contestants: await holdContest(bench, {
        workload: name,
        contestants: contestantsOf(bench, kind),
        originPort: generator.ready.originPort,
        ...(figureOf ? { figureOf } : {}),
        check: (port) => check(generator, port, definition),
        load: async (port, seconds) => toLoad(await ask(generator, port, seconds, definition), definition),
      }),
    };
  } finally {
    await generator.stop();
  }
}

function ask(generator: Generator, port: number, seconds: number, { bodyBytes }: Transfer) {
  return generator.ask({ port, bodyBytes, seconds, connections: CONNECTIONS, compare: false });
}

async function check(generator: Generator, port: number, definition: Transfer): Promise<string | null> {
  const { bodyBytes, kind } = definition;
  const reply = await generator.ask({ port, bodyBytes, seconds: 1, connections: 2, compare: true });
  if (reply.failure !== null) return reply.failure;
  if (reply.answers === 0) return "no answer was complete within a second";
  return kind === "http" ? missingFeature(reply.lastRequest, `127.0.0.1:${port}`) : null;
}

/** Answers that were under way at the end count with the part that came. */
function toLoad(reply: TransferReply, { unitBytes, kind }: Transfer): Load {
  const { bytes, seconds, p50Us, p99Us, p999Us } = reply;
  const failure = reply.failure ?? (bytes === 0 ? "no bytes came" : null);
  const load = { units: bytes / unitBytes, seconds, failure };
  // How long 16 MiB took through a tunnel says nothing that the rate does not.
  return kind === "tcp" ? load : { ...load, p50Us, p99Us, p999Us };
}

const CONNECTIONS = 8;
