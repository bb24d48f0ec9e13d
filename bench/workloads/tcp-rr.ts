/** tcp-rr: what a tunnel costs when every byte is a message of its own. */
import { type Bench, contestantsOf, holdContest } from "../contest.ts";
import { LoadProcess } from "../load/commands.ts";
import type { PingPongCommand, PingPongReady, PingPongReply } from "../load/ping-pong.ts";
import type { WorkloadResult } from "../results.ts";
import { REFERENCE, type Workload } from "./workload.ts";

export const tcpRr: Workload = {
  name: "tcp-rr",
  title: "TCP tunnel, 1-byte ping-pong, 32 connections",
  run: runPingPong,
};

async function runPingPong(bench: Bench): Promise<WorkloadResult> {
  const { sandbox, options } = bench;
  type Players = LoadProcess<PingPongReady, PingPongCommand, PingPongReply>;
  const players: Players = await LoadProcess.start(sandbox, "ping-pong.ts", options.loadCore);
  try {
    const contestants = await holdContest(bench, {
      workload: tcpRr.name,
      contestants: contestantsOf(bench, "tcp"),
      originPort: players.ready.echoPort,
      countAllocation: true,
      check: async (port) => (await players.ask({ port, connections: 1, seconds: 0.2 })).failure,
      load: async (port, seconds) => {
        const { roundTrips, ...rest } = await players.ask({ port, connections: CONNECTIONS, seconds });
        return { units: roundTrips, ...rest };
      },
    });
    return {
      name: tcpRr.name,
      title: tcpRr.title,
      figureName: "CPU µs/round trip",
      rateName: "round trips/s",
      reference: REFERENCE,
      bound: { of: "ratio", atMost: 1, text: "at most 1.0 of nginx" },
      notes: [],
      contestants,
    };
  } finally {
    await players.stop();
  }
}

const CONNECTIONS = 32;
