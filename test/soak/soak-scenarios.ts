/** What clients do: well-behaved ones, of which everything must come out right, and all others. */
import { type Random, randomBelow } from "../../src/base/random.ts";
import type { AttackCase } from "../attacks/attack-case.ts";
import { CHUNKS } from "../attacks/tables/chunks.ts";
import { FIELDS } from "../attacks/tables/fields.ts";
import { PIPELINES } from "../attacks/tables/pipelines.ts";
import { REQUEST_LINES } from "../attacks/tables/request-lines.ts";
import { patternFrom } from "../support/pattern.ts";
import type { Answer } from "./soak-answer.ts";
import { type NoAnswer, SoakClient } from "./soak-client.ts";
import { bodyOf } from "./soak-upstreams.ts";

export interface SoakContext {
  readonly http: number;
  readonly tcp: number;
  readonly random: Random;
  readonly faults: string[];
  readonly counts: Record<string, number>;
}

export type Scenario = (context: SoakContext) => Promise<void>;

/** Each as often as its number says. */
export const SCENARIOS: readonly (readonly [name: string, weight: number, run: Scenario])[] = [
  ["keep-alive", 10, keepAlive],
  ["pipeline", 4, pipeline],
  ["dying target", 8, dyingTarget],
  ["restarting target", 4, restartingTarget],
  ["abort", 6, abort],
  ["slow reader", 2, slowReader],
  ["stopped reader", 1, stoppedReader],
  ["attack", 6, attack],
  ["upgrade", 2, upgrade],
  ["tcp", 2, tcp],
  ["half-close", 2, halfClose],
  ["stalled head", 1, stalledHead],
  ["stalled body", 1, stalledBody],
  ["silent", 1, silent],
];

async function keepAlive(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  for (let left = 1 + below(context, 10); left > 0; left--) {
    const request = someRequest(context);
    client.send(request.bytes);
    const answer = await client.answer(request.method, PATIENCE_MS);
    if (!expectRight(context, request, answer) || typeof answer === "string" || answer.last) break;
  }
  client.close();
}

async function pipeline(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const requests = Array.from({ length: 2 + below(context, 15) }, () => someRequest(context)).filter(
    ({ path }) => !path.includes("close"),
  );
  client.send(Buffer.concat(requests.map(({ bytes }) => bytes)));
  for (const request of requests) {
    if (!expectRight(context, request, await client.answer(request.method, PATIENCE_MS))) break;
  }
  client.close();
}

/** Whatever the target does: an answer that is whole is right, and everything else can be told from one. */
async function dyingTarget(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  for (let left = 1 + below(context, 5); left > 0; left--) {
    const path = `/dying/down/${below(context, 20_000)}/${below(context, 1_000)}`;
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answer = await client.answer("GET", PATIENCE_MS);
    expectRightOrBroken(context, path, answer);
    if (typeof answer === "string" || answer.last) break;
  }
  client.close();
}

async function restartingTarget(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const path = `/restarting/down/${below(context, 50_000)}/${below(context, 1_000)}`;
  client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  expectRightOrBroken(context, path, await client.answer("GET", PATIENCE_MS));
  client.close();
}

/** Leaves at some byte or after some time. */
async function abort(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const { bytes } = someRequest(context);
  client.send(below(context, 2) === 0 ? bytes.subarray(0, below(context, bytes.length)) : bytes);
  await Bun.sleep(below(context, 20));
  if (below(context, 3) === 0) client.close();
  else client.reset();
}

async function slowReader(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const path = `/well/down/1000000/${below(context, 1_000)}/length`;
  client.slowDown(5 + below(context, 30));
  client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expectRight(context, { method: "GET", path, bytes: NOTHING }, await client.answer("GET", PATIENCE_MS));
  client.close();
}

/** Asks for much, reads nothing for a while, and leaves. */
async function stoppedReader(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  client.slowDown(60_000);
  client.send(`GET /well/down/1000000/${below(context, 1_000)} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(4));
  await Bun.sleep(200 + below(context, 1_000));
  client.close();
}

/** The tables of test/attacks, where the outcome is judged; here they have to leave nothing behind. */
async function attack(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const { bytes, ends } = ATTACKS[below(context, ATTACKS.length)]!;
  client.send(bytes);
  const isOver = await client.untilEnd(ends === "open" ? 20 : PATIENCE_MS);
  if (!isOver && ends !== "open") context.faults.push(`an attack was not ended: ${JSON.stringify(bytes)}`);
  client.reset();
}

async function upgrade(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  client.send("GET /well/down/0/0 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  const answer = await client.answer("GET", PATIENCE_MS);
  if (typeof answer === "string" || answer.status !== 101) {
    context.faults.push(`no 101: ${describe(answer)}`);
    return;
  }
  await echo(context, client, "upgrade");
}

async function tcp(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.tcp);
  client.send("GET /well/down/0/0 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  const answer = await client.answer("GET", PATIENCE_MS);
  if (typeof answer === "string") context.faults.push(`a tunnel gave no answer: ${answer}`);
  else await echo(context, client, "tcp");
}

async function echo(context: SoakContext, client: SoakClient, what: string): Promise<void> {
  const sent = patternFrom(below(context, 1_000), 1_000 + below(context, 300_000));
  client.send(sent);
  const received = await client.bytes(sent.length, PATIENCE_MS);
  if (!received.equals(sent))
    context.faults.push(`${what}: ${received.length} of ${sent.length} bytes came back right`);
  if (below(context, 2) === 0) client.reset();
  else client.close();
}

async function halfClose(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  const request = someRequest(context);
  client.send(request.bytes);
  // What is still unsent would be lost behind the FIN.
  if (request.bytes.length < 10_000) client.finish();
  expectRight(context, request, await client.answer(request.method, PATIENCE_MS));
  client.close();
}

async function stalledHead(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  client.send("GET / HTTP/1.1\r\nHost:");
  const answer = await client.answer("GET", PATIENCE_MS);
  if (typeof answer === "string" || answer.status !== 408)
    context.faults.push(`a stalled head: ${describe(answer)}`);
  client.close();
}

async function stalledBody(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  client.send("POST /stalling/up/10/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  const answer = await client.answer("POST", PATIENCE_MS);
  if (typeof answer === "string" || answer.status !== 408)
    context.faults.push(`a stalled body: ${describe(answer)}`);
  client.close();
}

async function silent(context: SoakContext): Promise<void> {
  const client = await SoakClient.connect(context.http);
  if (!(await client.untilEnd(PATIENCE_MS))) context.faults.push("a silent client was kept");
  client.close();
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** One that is answered rightly, whatever happens elsewhere. */
function someRequest(context: SoakContext): SentRequest {
  const size = below(context, 4) === 0 ? below(context, 400_000) : below(context, 2_000);
  const seed = below(context, 1_000);
  if (below(context, 3) === 0) return upload(context, `/well/up/${size}/${seed}`);
  const kind = ["length", "chunked", "close", "hint", "trailer"][below(context, 5)]!;
  const path = `${below(context, 2) === 0 ? "/well" : "/half-dead"}/down/${size}/${seed}/${kind}`;
  const method = below(context, 8) === 0 ? "HEAD" : "GET";
  return { method, path, bytes: Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`) };
}

function upload(context: SoakContext, path: string): SentRequest {
  const body = bodyOf(path);
  const start = `POST ${path} HTTP/1.1\r\nHost: a\r\n`;
  if (below(context, 2) === 0) {
    return {
      method: "POST",
      path,
      bytes: Buffer.concat([Buffer.from(`${start}Content-Length: ${body.length}\r\n\r\n`), body]),
    };
  }
  const parts: Buffer[] = [Buffer.from(`${start}Transfer-Encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < body.length; ) {
    const data = body.subarray(at, at + 1 + below(context, 50_000));
    parts.push(Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n"));
    at += data.length;
  }
  return { method: "POST", path, bytes: Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]) };
}

function expectRight(
  context: SoakContext,
  { method, path }: SentRequest,
  answer: Answer | NoAnswer,
): boolean {
  const expected =
    method === "HEAD"
      ? NOTHING
      : method === "POST"
        ? Buffer.from(`took ${bodyOf(path).length}`)
        : bodyOf(path);
  const isRight = typeof answer !== "string" && answer.status === 200 && answer.body.equals(expected);
  if (isRight) count(context, "answers checked");
  else context.faults.push(`${method} ${path}: ${describe(answer)}`);
  return isRight;
}

function expectRightOrBroken(context: SoakContext, path: string, answer: Answer | NoAnswer): void {
  if (answer === "late" || answer === "wrong") context.faults.push(`${path}: ${answer}`);
  else if (typeof answer === "string") count(context, "breaks seen");
  else if (answer.status >= 500) {
    count(context, "failures told");
    if (!/^\{.*"code":"[a-z_.]+".*\}$/.test(answer.body.toString()))
      context.faults.push(`${path}: ${describe(answer)}`);
  } else if (answer.status === 200 && answer.body.equals(bodyOf(path))) count(context, "answers checked");
  else context.faults.push(`${path}: an answer that looks complete is wrong: ${describe(answer)}`);
}

function describe(answer: Answer | NoAnswer): string {
  if (typeof answer === "string") return answer;
  return `${answer.status}, ${answer.body.length} bytes: ${answer.body.toString("latin1", 0, 150)}`;
}

function count(context: SoakContext, what: string): void {
  context.counts[what] = (context.counts[what] ?? 0) + 1;
}

function below(context: SoakContext, limit: number): number {
  return limit <= 0 ? 0 : randomBelow(context.random, limit);
}

const NOTHING = Buffer.alloc(0);
/** Longer than every timeout of the soak's configuration together. */
const PATIENCE_MS = 15_000;
const ATTACKS: readonly AttackCase[] = [...REQUEST_LINES, ...FIELDS, ...CHUNKS, ...PIPELINES].filter(
  ({ bytes }) => bytes.length < 5_000,
);
