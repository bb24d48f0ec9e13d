/**
 * Real Node beside the tests, which run under Bun: Node's own http, `ws` and undici as clients and servers, in a
 * process of their own. A test hands over a function; its source travels, so it can use nothing but its two
 * arguments: the tools, and one value that survives JSON.
 */
import type crypto from "node:crypto";
import type { once } from "node:events";
import type http from "node:http";
import type http2 from "node:http2";
import type https from "node:https";
import type net from "node:net";
import type { Readable } from "node:stream";
import type zlib from "node:zlib";
import type * as grpc from "@grpc/grpc-js";
import type undici from "undici";
import type { WebSocket, WebSocketServer } from "ws";
import { PATIENCE_MS } from "./eventually.ts";

/** What a function gets in the Node process (test/support/node-peer-process.mjs). */
export interface NodeTools {
  readonly http: typeof http;
  readonly https: typeof https;
  readonly http2: typeof http2;
  readonly net: typeof net;
  readonly zlib: typeof zlib;
  readonly Readable: typeof Readable;
  readonly crypto: typeof crypto;
  readonly once: typeof once;
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
  readonly undici: typeof undici;
  readonly grpc: typeof grpc;
  /** Reports to `NodePeer.told`, in order. */
  tell(what: unknown): void;
  /** Listens on a free port of 127.0.0.1 until `cleanUp`; resolves with the port. */
  listen(server: net.Server): Promise<number>;
  /** The same for a server of gRPC. */
  listenGrpc(server: grpc.Server): Promise<number>;
  /** One whose messages are bytes, as a service describes it. */
  grpcMethod(path: string, requestStream: boolean, responseStream: boolean): object;
  /** Runs at `cleanUp`. */
  later(action: () => void): void;
  /** Random bytes that the same seed makes again. */
  bytes(length: number, seed: number): Buffer;
  /** SHA-256 in hexadecimal of what has come, and of what is still to come. */
  digest(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string>;
}

interface Reply {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly told?: unknown;
}

export class NodePeer implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "inherit", "inherit">;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #told: unknown[] = [];
  readonly #listeners: ((what: unknown) => void)[] = [];
  #lastId = 0;

  constructor() {
    this.#child = Bun.spawn(["node", `${import.meta.dir}/node-peer-process.mjs`], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      serialization: "json",
      ipc: (message: Reply) => this.#onMessage(message),
    });
    void this.#child.exited.then(() => this.#onExit());
  }

  /** Runs a function there and gives what it returns. */
  run<A, R>(action: (tools: NodeTools, argument: A) => R | Promise<R>, argument: A): Promise<Awaited<R>> {
    return this.#call({ source: action.toString(), argument }) as Promise<Awaited<R>>;
  }

  /** The next thing that a function there has told, waiting for it if need be. */
  told(withinMs = PATIENCE_MS): Promise<unknown> {
    if (this.#told.length > 0) return Promise.resolve(this.#told.shift());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => reject(new Error("the Node process told nothing")), withinMs);
    this.#listeners.push((what) => {
      clearTimeout(timer);
      resolve(what);
    });
    return promise;
  }

  /** Closes what `listen` and `later` left, and forgets what was told. */
  async cleanUp(): Promise<void> {
    await this.#call({ cleanUp: true });
    this.#told.length = 0;
  }

  /** Ends the process as a crash would: the kernel closes its sockets. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #call(request: object): Promise<unknown> {
    const id = ++this.#lastId;
    const call = Promise.withResolvers<unknown>();
    this.#calls.set(id, call);
    // A test that has failed elsewhere may no longer wait for it.
    call.promise.catch(() => {});
    this.#child.send({ id, ...request });
    return call.promise;
  }

  #onMessage(reply: Reply): void {
    if (reply.id === undefined) {
      const listener = this.#listeners.shift();
      if (listener === undefined) this.#told.push(reply.told);
      else listener(reply.told);
      return;
    }
    const call = this.#calls.get(reply.id)!;
    this.#calls.delete(reply.id);
    if (reply.error === undefined) call.resolve(reply.value);
    else call.reject(new Error(reply.error));
  }

  #onExit(): void {
    for (const call of this.#calls.values()) call.reject(new Error("the Node process has ended"));
    this.#calls.clear();
  }
}
