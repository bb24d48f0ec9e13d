/**
 * tls, tls-new, tls-resume and tls-bulk: TLS 1.3 towards the client (resumption: 1.2), with one certificate (ECDSA on
 * P-256) and one suite for all, nginx as the origin in the clear. wrk and s_time share a core with the origin and
 * are dearer than the proxies, which therefore idle part of the time; CPU time per request is what counts.
 */
import nodeTls from "node:tls";
import { type Bench, type Contest, contestantsOf, holdContest, type Load, withOrigin } from "../contest.ts";
import { missingFeature } from "../features.ts";
import { runSTime } from "../load/s-time.ts";
import { runWrk, type WrkSummary, wrkFailure } from "../load/wrk.ts";
import { BIG_BYTES, BIG_PATH, FIELDS_PATH, RICH_PATH, SMALL_PATH } from "../origin.ts";
import { CERTIFICATE } from "../peers/peer.ts";
import type { Bound } from "../results.ts";
import { BROWSER_FIELDS } from "./messages.ts";
import { REFERENCE, type Workload } from "./workload.ts";

interface TlsWorkload extends Pick<Contest, "figureOf"> {
  readonly name: string;
  readonly title: string;
  readonly figureName: string;
  readonly rateName: string;
  readonly bound?: Bound;
  load(bench: Bench, port: number, seconds: number): Promise<Load>;
}

export const tls = workload({
  name: "tls",
  title: "GET over TLS with 14 browser header fields, 2 KiB JSON answer with 10 fields, 32 connections",
  figureName: "CPU µs/request",
  rateName: "requests/s",
  bound: { of: "ratio", atMost: 1, text: "at most 1.0 of nginx" },
  load: (bench, port, seconds) => wrk(bench, port, seconds, RICH_PATH, 32, BROWSER_FIELDS),
});

export const tlsNew = workload({
  name: "tls-new",
  title: "a full handshake (ECDSA P-256) and one small GET on each connection, 32 at once",
  figureName: "CPU µs/connection",
  rateName: "connections/s",
  bound: { of: "ratio", atMost: 1.1, text: "at most 1.1 of nginx" },
  load: (bench, port, seconds) => wrk(bench, port, seconds, SMALL_PATH, 32, { Connection: "close" }),
});

export const tlsResume = workload({
  name: "tls-resume",
  title: "a resumed session (TLS 1.2, ticket) and one small GET on each connection, 4 at once",
  figureName: "CPU µs/connection",
  rateName: "connections/s",
  async load({ sandbox, options }, port, seconds) {
    const run = { port, path: SMALL_PATH, processes: 4, seconds, core: options.loadCore };
    const units = await runSTime(sandbox, run);
    return { units, seconds, failure: units === 0 ? "no connection was made" : null };
  },
});

export const tlsBulk = workload({
  name: "tls-bulk",
  title: "GET of 1 MiB over TLS, 8 connections",
  figureName: "CPU s/GB",
  rateName: "GB/s",
  bound: { of: "ratio", atMost: 1.2, text: "at most 1.2 of nginx" },
  figureOf: (cpuUs) => cpuUs / 1e6,
  async load(bench, port, seconds) {
    const load = await wrk(bench, port, seconds, BIG_PATH, 8, {});
    return { ...load, units: (load.units * BIG_BYTES) / 1e9 };
  },
});

function workload(definition: TlsWorkload): Workload {
  const { name, title } = definition;
  return {
    name,
    title,
    run: (bench) => withOrigin(bench, (originPort) => run(bench, definition, originPort)),
  };
}

async function run(bench: Bench, definition: TlsWorkload, originPort: number) {
  const { name, title, figureName, rateName, bound, figureOf, load } = definition;
  const contestants = await holdContest(bench, {
    workload: name,
    contestants: contestantsOf(bench, "http", true),
    originPort,
    ...(figureOf ? { figureOf } : {}),
    check,
    load: (port, seconds) => load(bench, port, seconds),
  });
  const described = { name, title, figureName, rateName, reference: REFERENCE, notes: [], contestants };
  return bound === undefined ? described : { ...described, bound };
}

async function wrk(
  { sandbox, options }: Bench,
  port: number,
  seconds: number,
  path: string,
  connections: number,
  fields: Readonly<Record<string, string>>,
): Promise<Load> {
  const core = options.loadCore;
  const summary = await runWrk(sandbox, { scheme: "https", port, path, fields, connections, seconds, core });
  return toLoad(summary);
}

/** wrk takes a connection that is closed behind its answer, as it asked for, for a failed read. */
function toLoad(summary: WrkSummary): Load {
  const { p50Us, p99Us, p999Us, requests: units, durationUs } = summary;
  return { units, seconds: durationUs / 1e6, failure: wrkFailure(summary), p50Us, p99Us, p999Us };
}

/** What was agreed on is the same for all, and so is what the origin was told. */
function check(port: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = nodeTls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  let answer = "";
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("no answer")));
  socket.on("error", (error) => resolve(error.message));
  socket.on("secureConnect", () => {
    socket.write(`GET ${FIELDS_PATH} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n`);
  });
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("end", () => {
    const { standardName, version } = socket.getCipher();
    socket.destroy();
    if (standardName !== CERTIFICATE.suite) return resolve(`the suite is ${standardName} (${version})`);
    const [, received = ""] = answer.split("\r\n\r\n");
    resolve(missingFeature(received, "shop.example", "https"));
  });
  return promise;
}

const ANSWER_MS = 5_000;
