/**
 * The clients of a soak. Each function is one visit: it connects, does its good or its harm, and resolves. What a good
 * one gets is compared with what was asked for, byte for byte; a wrong byte is a `SoakFault`.
 */
import net from "node:net";
import { type Random, randomBelow } from "../../src/base/random.ts";
import { contentOf } from "./upstreams.ts";

export interface SoakPorts {
  readonly web: number;
  readonly tcp: number;
}

export class SoakFault extends Error {}

export type Visit = (ports: SoakPorts, random: Random) => Promise<void>;

async function download(ports: SoakPorts, random: Random): Promise<void> {
  const seed = randomBelow(random, 1_000);
  const length = randomBelow(random, 2) === 0 ? randomBelow(random, 2_000) : randomBelow(random, 400_000);
  const framing = ["length", "chunked", "close"][randomBelow(random, 3)];
  const answer = await fetch(`http://127.0.0.1:${ports.web}/${seed}/${length}/${framing}`, BOUNDED());
  const content = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new SoakFault(`download: status ${answer.status}`);
  if (!content.equals(contentOf(seed, length)))
    throw new SoakFault(`download: ${content.length} of ${length} bytes`);
}

async function upload(ports: SoakPorts, random: Random): Promise<void> {
  const sent = contentOf(randomBelow(random, 1_000), randomBelow(random, 200_000));
  const answer = await fetch(`http://127.0.0.1:${ports.web}/echo`, {
    method: "POST",
    body: sent,
    ...BOUNDED(),
  });
  const got = Buffer.from(await answer.arrayBuffer());
  if (!got.equals(sent))
    throw new SoakFault(`upload: ${answer.status}, ${got.length} of ${sent.length} bytes`);
}

/** What the bad upstream answers must be an error, or a break, or one of its few complete answers. */
async function unlucky(ports: SoakPorts): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${ports.web}/bad/`, BOUNDED()).catch(() => null);
  const text = await answer?.text().catch(() => null);
  if (answer?.status === 200 && typeof text === "string" && text !== "ok") {
    throw new SoakFault(`a broken answer looked complete: ${JSON.stringify(text.slice(0, 80))}`);
  }
}

async function tunnel(ports: SoakPorts, random: Random): Promise<void> {
  const sent = contentOf(randomBelow(random, 1_000), 1 + randomBelow(random, 300_000));
  const socket = net.connect({ host: "127.0.0.1", port: ports.tcp, allowHalfOpen: true });
  const got: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => got.push(chunk));
  const closed = new Promise<boolean>((resolve) => socket.on("close", (hadError) => resolve(hadError)));
  socket.on("error", () => {});
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.end(sent);
  if (await closed) throw new SoakFault("tunnel: reset");
  if (!Buffer.concat(got).equals(sent)) throw new SoakFault("tunnel: other bytes came back");
}

/** Sends a part of something, waits a little, and leaves in a rude way. */
async function leaveEarly(ports: SoakPorts, random: Random): Promise<void> {
  const parts = [
    "GET / HT",
    "GET /1/300000/length HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nonly this",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "GET /1/300000/chunked HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20),
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00",
    "",
  ];
  const socket = net.connect({
    host: "127.0.0.1",
    port: randomBelow(random, 8) === 0 ? ports.tcp : ports.web,
  });
  socket.on("error", () => {});
  socket.write(parts[randomBelow(random, parts.length)]!);
  await Bun.sleep(randomBelow(random, 200));
  if (randomBelow(random, 2) === 0) socket.destroy();
  else socket.resetAndDestroy();
}

/** Asks for much and reads nothing for a while. */
async function stall(ports: SoakPorts, random: Random): Promise<void> {
  const socket = net.connect({ host: "127.0.0.1", port: ports.web });
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET /1/4000000/length HTTP/1.1\r\nHost: a\r\n\r\n");
  await Bun.sleep(200 + randomBelow(random, 1_000));
  socket.destroy();
}

function BOUNDED(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(PATIENCE_MS) };
}

const PATIENCE_MS = 20_000;

/** By how often they come. */
export const VISITS: readonly (readonly [name: string, weight: number, visit: Visit])[] = [
  ["download", 8, download],
  ["upload", 4, upload],
  ["tunnel", 2, tunnel],
  ["unlucky", 2, unlucky],
  ["leave early", 3, leaveEarly],
  ["stall", 1, stall],
];
