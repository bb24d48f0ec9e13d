/**
 * HTTP/2 in cleartext, with h2load in front and nginx behind: `h2` to an HTTP/1.1 origin, `h2-h2` to one of HTTP/2, `h2-big`
 * with large answers, `grpc-unary` with calls of gRPC. `small-h2` shows what sharing connections buys: wrk in front, an HTTP/1.1 and an HTTP/2
 * origin behind the same proxy.
 */
import {
  type Bench,
  type Contestant,
  contestantsOf,
  holdContest,
  type Load,
  withOrigin,
} from "../contest.ts";
import { missingFeature } from "../features.ts";
import { runH2load } from "../load/h2load.ts";
import { runWrk, wrkFailure } from "../load/wrk.ts";
import {
  BIG_BYTES,
  BIG_PATH,
  CALL_ANSWER,
  CALL_PATH,
  FIELDS_PATH,
  RICH_PATH,
  SMALL_PATH,
} from "../origin.ts";
import { portward } from "../peers/portward.ts";
import type { Bound, WorkloadResult } from "../results.ts";
import { BROWSER_FIELDS, RICH_BODY, SMALL_BODY } from "./messages.ts";
import { REFERENCE, type Workload } from "./workload.ts";

const LANES = 16;
const { Connection: _, ...FIELDS } = BROWSER_FIELDS;
const CHEAPER: Bound = {
  of: "ratio",
  atMost: 0.8,
  p99AtMost: 1.2,
  text: "at most 0.8 of nginx, p99 1.2 of the better",
};
const NO_DEARER: Bound = {
  of: "best",
  atMost: 1,
  p99AtMost: 1.2,
  text: "at most 1.0 of the better peer, p99 1.2",
};
/** A message of 64 bytes behind its prefix, and what a client says of it. */
const CALL = `\0\0\0\0\x40${"x".repeat(64)}`;
const CALL_FIELDS = {
  "content-type": "application/grpc",
  te: "trailers",
  "user-agent": "grpc-node-js/1.13.4",
  "grpc-accept-encoding": "identity,deflate,gzip",
  "grpc-timeout": "20S",
};

interface H2Shape {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly bodyBytes: number;
  /** Connections, and streams on each. */
  readonly lanes: number;
  readonly upstreamH2: boolean;
  readonly bound: Bound;
  /** Sent with POST, if it is. */
  readonly body?: string;
  readonly fields: Readonly<Record<string, string>>;
}

export const h2: Workload = workload({
  name: "h2",
  title: `HTTP/2, ${LANES} connections of ${LANES} streams, 12 browser fields, 2 KiB JSON from an HTTP/1.1 origin`,
  path: RICH_PATH,
  bodyBytes: RICH_BODY.length,
  lanes: LANES,
  upstreamH2: false,
  bound: CHEAPER,
  fields: FIELDS,
});

export const h2ToH2: Workload = workload({
  name: "h2-h2",
  title: "the same with an origin of HTTP/2, which this nginx cannot have",
  path: RICH_PATH,
  bodyBytes: RICH_BODY.length,
  lanes: LANES,
  upstreamH2: true,
  bound: NO_DEARER,
  fields: FIELDS,
});

export const h2Big: Workload = workload({
  name: "h2-big",
  title: "HTTP/2, 4 connections of 4 streams, answers of 1 MiB from an HTTP/1.1 origin",
  path: BIG_PATH,
  lanes: 4,
  bodyBytes: BIG_BYTES,
  upstreamH2: false,
  bound: NO_DEARER,
  fields: FIELDS,
});

export const grpcUnary: Workload = workload({
  name: "grpc-unary",
  title: `unary calls of 64 bytes with trailers, ${LANES} connections of ${LANES} streams, to an origin of HTTP/2`,
  path: CALL_PATH,
  bodyBytes: CALL_ANSWER.length,
  lanes: LANES,
  upstreamH2: true,
  bound: NO_DEARER,
  body: CALL,
  fields: CALL_FIELDS,
});

export const smallH2: Workload = {
  name: "small-h2",
  title: "small-wrk through portward alone, to an origin of HTTP/1.1 and to one of HTTP/2",
  run: (bench) =>
    withOrigin(bench, (http1) => withOrigin(bench, (http2) => runSmall(bench, http1, http2), true)),
};

function workload(shape: H2Shape): Workload {
  const { name, title, upstreamH2 } = shape;
  return { name, title, run: (bench) => withOrigin(bench, (port) => run(bench, shape, port), upstreamH2) };
}

async function run(bench: Bench, shape: H2Shape, originPort: number): Promise<WorkloadResult> {
  const { name, title, upstreamH2, bound } = shape;
  const contestants = contestantsOf(bench, "http")
    .filter(({ peer }) => !upstreamH2 || peer.name !== "nginx")
    .map((each): Contestant => ({ ...each, h2: { downstream: true, upstream: upstreamH2 } }));
  return {
    name,
    title,
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: upstreamH2 ? "haproxy" : REFERENCE,
    bound,
    notes: [],
    contestants: await holdContest(bench, {
      workload: name,
      contestants,
      originPort,
      check: async (port) => (await check(port)) ?? (await checkTrailers(port, shape)),
      load: (port, seconds) => load(bench, shape, port, seconds),
    }),
  };
}

/** Answers that are half done when the time is up count as half. */
async function load(bench: Bench, shape: H2Shape, port: number, seconds: number): Promise<Load> {
  const { path, lanes, bodyBytes, fields, body } = shape;
  const run = {
    port,
    path,
    seconds,
    core: bench.options.loadCore,
    fields,
    connections: lanes,
    streams: lanes,
  };
  const summary = await runH2load(bench.sandbox, body === undefined ? run : { ...run, body });
  const { requests, failure, bodyBytes: bytes, p50Us, p99Us, p999Us } = summary;
  const short = bytes < requests * bodyBytes ? `answers had ${Math.round(bytes / requests)} bytes` : null;
  const units = bytes / bodyBytes;
  return { units, seconds: summary.seconds, failure: failure ?? short, p50Us, p99Us, p999Us };
}

/** The origin answers with the head it received; curl is the client, since `fetch` has no prior knowledge. */
async function check(port: number): Promise<string | null> {
  const url = `http://127.0.0.1:${port}${FIELDS_PATH}`;
  const curl = Bun.spawn(["curl", "-s", "--max-time", "5", "--http2-prior-knowledge", url], {
    stdout: "pipe",
  });
  return missingFeature(await curl.stdout.text(), `127.0.0.1:${port}`);
}

/** A call whose status gets lost on the way is no call. curl does not show trailers. */
async function checkTrailers(port: number, { body, path }: H2Shape): Promise<string | null> {
  if (body === undefined) return null;
  const url = `http://127.0.0.1:${port}${path}`;
  const nghttp = Bun.spawn(["nghttp", "-v", "-t", "5", url], { stdout: "pipe" });
  const told = await nghttp.stdout.text();
  return told.includes("grpc-status: 0") ? null : `no grpc-status came: ${told}`;
}

async function runSmall(bench: Bench, http1: number, http2: number): Promise<WorkloadResult> {
  const each = [
    { name: "portward-http1", originPort: http1, upstream: false },
    { name: "portward-h2", originPort: http2, upstream: true },
  ];
  const contestants = [];
  for (const { name, originPort, upstream } of each) {
    const contestant: Contestant = {
      name,
      peer: portward,
      kind: "http",
      routes: 1,
      h2: { downstream: false, upstream },
    };
    contestants.push(
      ...(await holdContest(bench, {
        workload: smallH2.name,
        contestants: [contestant],
        originPort,
        check: async (port) => {
          const answer = await fetch(`http://127.0.0.1:${port}${SMALL_PATH}`);
          return (await answer.text()) === SMALL_BODY ? null : "the answer had other bytes than the origin's";
        },
        load: (port, seconds) => smallLoad(bench, port, seconds),
      })),
    );
  }
  return {
    name: smallH2.name,
    title: smallH2.title,
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: "portward-http1",
    notes: ["one after the other, not in alternating rounds: each has an origin of its own"],
    contestants,
  };
}

async function smallLoad(bench: Bench, port: number, seconds: number): Promise<Load> {
  const core = bench.options.loadCore;
  const summary = await runWrk(bench.sandbox, { port, path: SMALL_PATH, connections: 32, seconds, core });
  const { p50Us, p99Us, p999Us, requests: units, durationUs } = summary;
  return { units, seconds: durationUs / 1e6, failure: wrkFailure(summary), p50Us, p99Us, p999Us };
}
