/**
 * The targets of a soak: one that answers as it should, over node:http, and one that breaks every rule by turns,
 * over node:net. What a good answer holds follows from its path, so that clients can check every byte.
 */
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import type { Random } from "../../src/base/random.ts";
import { randomBelow } from "../../src/base/random.ts";

export interface SoakUpstreams {
  readonly good: string;
  readonly bad: string;
  readonly echo: string;
  close(): Promise<void>;
}

export async function startUpstreams(random: Random): Promise<SoakUpstreams> {
  const good = http.createServer({ keepAliveTimeout: 500 }, answer);
  const bad = net.createServer((socket) => misbehave(socket, random));
  const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  const servers = [good, bad, echo];
  await Promise.all(servers.map((server) => listening(server)));
  return {
    good: addressOf(good),
    bad: addressOf(bad),
    echo: addressOf(echo),
    close: async () => {
      good.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** The bytes of `/SEED/LENGTH`, by length, by chunks or until the end. */
export function contentOf(seed: number, length: number): Buffer {
  const content = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) content[i] = (seed + i * 7 + (i >> 8)) & 255;
  return content;
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (request.method === "POST") {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    request.on("error", () => response.destroy());
    request.pipe(response);
    return;
  }
  const [, seed, length, framing] = (request.url ?? "").split("/");
  const content = contentOf(Number(seed), Number(length));
  if (framing === "length") response.setHeader("content-length", content.length);
  if (framing === "close") response.setHeader("connection", "close");
  const middle = content.length >> 1;
  response.write(content.subarray(0, middle));
  response.end(content.subarray(middle));
}

/** Each connection is used for one of these; none may look like a complete answer of more than it sent. */
function misbehave(socket: net.Socket, random: Random): void {
  socket.on("error", () => {});
  const sin = SINS[randomBelow(random, SINS.length)]!;
  socket.once("data", () => sin(socket));
  setTimeout(() => socket.destroy(), 3_000).unref();
}

const SINS: readonly ((socket: net.Socket) => void)[] = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
  (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  (socket) =>
    socket.write(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ),
  (socket) => socket.write("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
  (socket) => socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
  (socket) => socket.write(Buffer.alloc(100_000, "x")),
  () => {},
];

function listening(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
}

function addressOf(server: net.Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
