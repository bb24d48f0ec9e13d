/**
 * Three upstreams: one that is always well and checks what it gets, one that dies in every way there is, and one
 * that goes away and comes back. All know their bodies from the path: `/down/SIZE/SEED`, `/up/SIZE/SEED`.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Socket, TCPSocketListener } from "bun";
import { type Random, randomBelow } from "../../src/base/random.ts";
import { patternFrom } from "../support/pattern.ts";

/** The body that a path stands for. */
export function bodyOf(path: string): Buffer {
  const [, size, seed] = /\/(\d+)\/(\d+)/.exec(path)!;
  return patternFrom(Number(seed), Number(seed) + Number(size));
}

export class WellUpstream {
  readonly #server: http.Server;
  readonly #faults: string[];

  constructor(faults: string[]) {
    this.#faults = faults;
    this.#server = http.createServer({ keepAliveTimeout: 1_500 }, (request, response) =>
      this.#serve(request, response),
    );
    this.#server.on("upgrade", (_, socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
      socket.pipe(socket);
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => this.#answer(request, response, Buffer.concat(chunks)));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse, received: Buffer): void {
    const path = request.url!;
    if (path.includes("/up/")) {
      if (!received.equals(bodyOf(path)))
        this.#faults.push(`an upload arrived wrong: ${path}, ${received.length} bytes`);
      response.end(`took ${received.length}`);
      return;
    }
    const body = bodyOf(path);
    if (path.includes("length")) response.setHeader("Content-Length", body.length);
    if (path.includes("close")) response.setHeader("Connection", "close");
    if (path.includes("hint")) response.writeEarlyHints({ link: "</a.css>; rel=preload" });
    if (path.includes("trailer")) response.setHeader("Trailer", "X-Sum");
    response.write(body.subarray(0, body.length >> 1));
    if (path.includes("trailer")) response.addTrailers({ "X-Sum": "1" });
    response.end(body.subarray(body.length >> 1));
  }
}

/** Answers as it should, or dies: before, in or behind its answer, with a FIN or a RST, or speaks nonsense. */
export class DyingUpstream {
  readonly #random: Random;
  #server: TCPSocketListener<{ received: string }> | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  start(port = 0): number {
    const handler = {
      open: (socket: Socket<{ received: string }>) => {
        socket.data = { received: "" };
        if (this.#below(40) === 0) socket.terminate();
      },
      data: (socket: Socket<{ received: string }>, chunk: Buffer) => {
        socket.data.received += chunk.toString("latin1");
        if (!socket.data.received.includes("\r\n\r\n")) return;
        const [, path] = socket.data.received.split(" ");
        socket.data.received = "";
        this.#act(socket, path!);
      },
      error: () => undefined,
    };
    this.#server = Bun.listen({ hostname: "127.0.0.1", port, socket: handler });
    return this.#server.port;
  }

  /** All its connections end with a RST, and nobody listens any more. */
  stop(): void {
    this.#server?.stop(true);
  }

  #act(socket: Socket<{ received: string }>, path: string): void {
    const deeds = deedsFor(bodyOf(path).toString("latin1"));
    const { sends, after } = deeds[this.#below(deeds.length)]!;
    if (sends !== "") socket.write(Buffer.from(sends, "latin1"));
    if (after === "end") socket.end();
    else if (after === "reset") socket.terminate();
  }

  #below(limit: number): number {
    return randomBelow(this.#random, limit);
  }
}

interface Deed {
  readonly sends: string;
  readonly after: "stay" | "end" | "reset";
}

function deedsFor(body: string): readonly Deed[] {
  const part = body.slice(0, body.length >> 1);
  const byLength = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  return [
    { sends: byLength + body, after: "stay" },
    { sends: byLength + body, after: "stay" },
    { sends: byLength + body, after: "end" },
    { sends: byLength + body, after: "reset" },
    { sends: "", after: "reset" },
    { sends: "", after: "end" },
    { sends: "", after: "stay" },
    { sends: byLength + part, after: "reset" },
    { sends: byLength + part, after: "end" },
    { sends: byLength + part, after: "stay" },
    { sends: byLength.slice(0, 20), after: "stay" },
    { sends: `${chunked}${part.length.toString(16)}\r\n${part}\r\n`, after: "end" },
    { sends: `${chunked}zz\r\n${part}\r\n0\r\n\r\n`, after: "stay" },
    { sends: `${byLength + body}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`, after: "stay" },
    {
      sends: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      after: "stay",
    },
    { sends: "nonsense\r\n\r\n", after: "stay" },
  ];
}
