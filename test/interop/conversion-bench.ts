/**
 * What tests of conversions share: upstreams that say who they are and what they were asked for, a Portward with a
 * converted configuration, and one request put to either server.
 */
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { convertFiles } from "../../src/config/formats/convert.ts";
import type { ConvertFormat } from "../../src/config/formats/convert-format.ts";
import { diskFiles } from "../../src/config/source/file-access.ts";
import type { Scene } from "./scene.ts";
import { startPortward } from "./servers/portward.ts";

/** A configuration in which `ONE` and `TWO` are ports of upstreams, `ECHO` of one for bytes, `PORT` the server's. */
export interface ConversionScene {
  readonly configuration: string;
  /** `GET shop.example/path?query`, `POST shop.example/path 3000` with a body of so many bytes. */
  readonly requests: readonly string[];
}

export interface Seen {
  readonly status: number;
  /** With the port of the server taken out. */
  readonly location: string | null;
  /** `one /path`, when an upstream has answered. */
  readonly upstream: string | null;
}

export class Upstreams implements Disposable {
  readonly #servers: (Server | TcpServer)[] = [];
  readonly #ports: Record<string, number> = {};

  static async start(): Promise<Upstreams> {
    const upstreams = new Upstreams();
    for (const name of ["ONE", "TWO"]) await upstreams.#start(name, answering(name.toLowerCase()));
    await upstreams.#start(
      "ECHO",
      createTcpServer((socket) => socket.on("data", (data) => socket.end(data))),
    );
    return upstreams;
  }

  /** The text with ports in it. */
  fillIn(configuration: string, port: number): string {
    const ports: Readonly<Record<string, number>> = { ...this.#ports, PORT: port };
    return configuration.replace(/\b(?:ONE|TWO|ECHO|PORT)\b/g, (name) => String(ports[name]));
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
  }

  #start(name: string, server: Server | TcpServer): Promise<void> {
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        this.#ports[name] = (server.address() as { port: number }).port;
        resolve();
      });
    });
  }
}

/** Converts the text and serves what comes of it. */
export async function startConverted(scene: Scene, format: ConvertFormat, text: string): Promise<void> {
  const file = scene.path("converted.conf");
  await Bun.write(file, text);
  const { yaml, findings } = await convertFiles(format, [file], diskFiles);
  if (yaml === null) throw new Error(JSON.stringify(findings));
  await startPortward(scene, yaml);
}

/** What becomes of each request, by its line. */
export async function askAll(port: number, lines: readonly string[]): Promise<Record<string, Seen>> {
  const seen: Record<string, Seen> = {};
  for (const line of lines) seen[line] = await ask(port, line);
  return seen;
}

export function echoed(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

function ask(port: number, line: string): Promise<Seen> {
  const [, method, host, path, bytes = "0"] = /^([A-Z]+) ([^/ ]+)(\/\S*)(?: (\d+))?$/.exec(line)!;
  const body = "x".repeat(Number(bytes));
  const headers = { host: host!, ...(body === "" ? {} : { "content-length": body.length }) };
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ port, host: "127.0.0.1", method, path, headers }, (answer) => {
      answer.resume();
      const location = answer.headers.location ?? null;
      resolve({
        status: answer.statusCode!,
        location: location === null ? null : new URL(location, `http://${host}`).href.replace(`:${port}`, ""),
        upstream: (answer.headers["x-upstream"] as string | undefined) ?? null,
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function answering(name: string): Server {
  return createServer((request, response) => {
    request.resume();
    response.setHeader("x-upstream", `${name} ${request.url}`);
    response.end();
  });
}
