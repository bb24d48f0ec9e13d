/** The Node side of test/support/node-peer.ts: runs the functions that a test sends. */
import crypto from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import { Readable } from "node:stream";
import zlib from "node:zlib";
import undici from "undici";
import WebSocket, { WebSocketServer } from "ws";

let cleanups = [];
/** Of tests; what is told by what an earlier one left behind is not for this one. */
let generation = 0;

const tools = {
  http,
  https,
  http2,
  net,
  zlib,
  Readable,
  crypto,
  once,
  WebSocket,
  WebSocketServer,
  undici,
  /** Loaded by those who use it: it takes a while. */
  get grpc() {
    return createRequire(import.meta.url)("@grpc/grpc-js");
  },
  listen,
  listenGrpc,
  grpcMethod,
  later: (action) => void cleanups.push(action),
  bytes,
  digest,
};

process.on("message", async ({ id, source, argument, cleanUp }) => {
  try {
    if (cleanUp === true) {
      for (const action of cleanups.reverse()) action();
      cleanups = [];
      generation++;
      process.send({ id });
      return;
    }
    const action = new Function(`return (${source});`)();
    process.send({ id, value: await action({ ...tools, tell: teller() }, argument) });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.stack : String(error) });
  }
});
// The test process is gone, in whatever way.
process.on("disconnect", () => process.exit(0));

function teller() {
  const own = generation;
  return (what) => {
    if (own === generation) process.send({ told: what });
  };
}

async function listen(server) {
  const sockets = new Set();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  tools.later(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

function grpcMethod(path, requestStream, responseStream) {
  const plain = (value) => value;
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: plain,
    requestDeserialize: plain,
    responseSerialize: plain,
    responseDeserialize: plain,
  };
}

async function listenGrpc(server) {
  tools.later(() => server.forceShutdown());
  const credentials = tools.grpc.ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

function bytes(length, seed) {
  const key = Buffer.alloc(32, String(seed));
  return crypto.createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

async function digest(body) {
  const hash = crypto.createHash("sha256");
  for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}
