/** WebSocket between `ws` as client and `ws` as server, both under Node: every kind of frame, and every end. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { proxyTo } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** A `ws` server that sends back what comes, and tells how each socket ended. */
function startEcho(options: object = {}): Promise<number> {
  return node.run(async ({ http, WebSocketServer, listen, tell }, options) => {
    const server = http.createServer((_, response) => response.end("plain"));
    const sockets = new WebSocketServer({ ...options, server });
    sockets.on("connection", (socket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on("close", (code, reason) => tell({ code, reason: reason.toString() }));
      socket.on("error", () => {});
    });
    return listen(server);
  }, options);
}

test("text, binary, empty and 4 MiB frames come back as they were sent", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  const result = await node.run(async ({ WebSocket, once, bytes }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat?room=1`);
    await once(socket, "open");
    const echo = async (data: string | Buffer): Promise<[Buffer, boolean]> => {
      socket.send(data);
      return (await once(socket, "message")) as [Buffer, boolean];
    };
    const [text, textIsBinary] = await echo("grüß dich");
    const [empty] = await echo(Buffer.alloc(0));
    const large = bytes(4 * 1024 * 1024, 1);
    const [binary, binaryIsBinary] = await echo(large);
    const [longText] = await echo("ä".repeat(2 * 1024 * 1024));
    socket.terminate();
    return {
      text: text.toString(),
      textIsBinary,
      emptyLength: empty.length,
      isSame: binary.equals(large),
      binaryIsBinary,
      longTextBytes: longText.length,
    };
  }, proxy.port());
  expect(result).toEqual({
    text: "grüß dich",
    textIsBinary: false,
    emptyLength: 0,
    isSame: true,
    binaryIsBinary: true,
    longTextBytes: 4 * 1024 * 1024,
  });
});

test("a message in many fragments, with pings in between, arrives whole", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  const result = await node.run(async ({ WebSocket, once }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, "open");
    const pongs: string[] = [];
    socket.on("pong", (data) => pongs.push(data.toString()));
    const message = once(socket, "message");
    for (let part = 0; part < 100; part++) {
      socket.send(`${part},`, { fin: part === 99 });
      if (part % 10 === 0) socket.ping(String(part));
    }
    const [whole] = (await message) as [Buffer];
    while (pongs.length < 10) await once(socket, "pong");
    socket.terminate();
    return { whole: whole.toString(), pongs };
  }, proxy.port());
  expect(result.whole).toBe(Array.from({ length: 100 }, (_, part) => `${part},`).join(""));
  expect(result.pongs).toEqual(Array.from({ length: 10 }, (_, part) => String(part * 10)));
});

test("the server's pings reach the client, and its pongs the server", async () => {
  const upstream = await node.run(({ http, WebSocketServer, listen, tell }) => {
    const server = http.createServer();
    new WebSocketServer({ server }).on("connection", (socket) => {
      socket.on("pong", (data) => tell(data.toString()));
      socket.ping("are you there");
    });
    return listen(server);
  }, null);
  await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
  await node.run(async ({ WebSocket, once, later }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    later(() => socket.terminate());
    await once(socket, "open");
  }, proxy.port());
  expect(await node.told()).toBe("are you there");
});

test("permessage-deflate is agreed on between the two ends, and compresses on both connections", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho({ perMessageDeflate: true })}`);
  const result = await node.run(async ({ WebSocket, once }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: true });
    const [{ socket: raw }] = (await once(socket, "upgrade")) as [{ socket: import("node:net").Socket }];
    if (socket.readyState !== socket.OPEN) await once(socket, "open");
    const sent = "all work and no play ".repeat(50_000);
    socket.send(sent);
    const [message] = (await once(socket, "message")) as [Buffer];
    const wire = { sent: raw.bytesWritten, received: raw.bytesRead };
    socket.terminate();
    return { extensions: socket.extensions, isSame: message.toString() === sent, wire };
  }, proxy.port());
  expect(result.extensions).toStartWith("permessage-deflate");
  expect(result.isSame).toBe(true);
  expect(result.wire.sent).toBeLessThan(50_000);
  expect(result.wire.received).toBeLessThan(50_000);
});

test("without it on one side, nothing is compressed", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho({ perMessageDeflate: false })}`);
  const extensions = await node.run(async ({ WebSocket, once }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: true });
    await once(socket, "open");
    socket.terminate();
    return socket.extensions;
  }, proxy.port());
  expect(extensions).toBe("");
});

test("a subprotocol and the fields of the handshake arrive", async () => {
  const upstream = await node.run(({ http, WebSocketServer, listen, tell }) => {
    const server = http.createServer();
    new WebSocketServer({ server, handleProtocols: () => "v2.chat" }).on("connection", (_, request) => {
      tell({ url: request.url, headers: request.headers });
    });
    return listen(server);
  }, null);
  await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
  const protocol = await node.run(async ({ WebSocket, once }, port) => {
    const options = { origin: "http://example.org", headers: { Cookie: "a=1", Host: "chat.example" } };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/x/../room?id=7`, ["v1.chat", "v2.chat"], options);
    await once(socket, "open");
    socket.terminate();
    return socket.protocol;
  }, proxy.port());
  expect(protocol).toBe("v2.chat");
  expect(await node.told()).toMatchObject({
    url: "/room?id=7",
    headers: {
      connection: "upgrade",
      upgrade: "websocket",
      host: "chat.example",
      origin: "http://example.org",
      cookie: "a=1",
      "sec-websocket-version": "13",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "chat.example",
    },
  });
});

for (const [code, reason] of [
  [1000, ""],
  [1001, "going away"],
  [4321, "ünusual"],
] as const) {
  test(`the client's close ${code} '${reason}' reaches the server, and its answer the client`, async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
    const seen = await node.run(
      async ({ WebSocket, once }, { port, code, reason }) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
        await once(socket, "open");
        socket.close(code, reason);
        const [closeCode, closeReason] = (await once(socket, "close")) as [number, Buffer];
        return { code: closeCode, reason: closeReason.toString() };
      },
      { port: proxy.port(), code, reason },
    );
    expect(seen).toEqual({ code, reason });
    expect(await node.told()).toEqual({ code, reason });
    expect(proxy.failures).toEqual([]);
  });

  test(`the server's close ${code} '${reason}' reaches the client`, async () => {
    const upstream = await node.run(
      ({ http, WebSocketServer, listen, tell }, { code, reason }) => {
        const server = http.createServer();
        new WebSocketServer({ server }).on("connection", (socket) => {
          socket.on("close", (code, reason) => tell({ code, reason: reason.toString() }));
          socket.close(code, reason);
        });
        return listen(server);
      },
      { code, reason },
    );
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const seen = await node.run(async ({ WebSocket, once }, port) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      const [closeCode, closeReason] = (await once(socket, "close")) as [number, Buffer];
      return { code: closeCode, reason: closeReason.toString() };
    }, proxy.port());
    expect(seen).toEqual({ code, reason });
    expect(await node.told()).toEqual({ code, reason });
    expect(proxy.failures).toEqual([]);
  });
}

test("a client that is lost without a close frame is lost to the server at once", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  await node.run(async ({ WebSocket, once }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, "open");
    socket.terminate();
  }, proxy.port());
  expect(await node.told()).toEqual({ code: 1006, reason: "" });
});

test("so is one whose process is killed", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  await using client = new NodePeer();
  await client.run(async ({ WebSocket, once }, port) => {
    await once(new WebSocket(`ws://127.0.0.1:${port}/`), "open");
  }, proxy.port());
  await client.kill();
  expect(await node.told()).toEqual({ code: 1006, reason: "" });
});

test("a server whose process is killed is lost to the client at once", async () => {
  await using server = new NodePeer();
  const upstream = await server.run(({ http, WebSocketServer, listen }) => {
    const server = http.createServer();
    new WebSocketServer({ server }).on("connection", () => {});
    return listen(server);
  }, null);
  await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
  await node.run(async ({ WebSocket, once, tell }, port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.on("error", () => {});
    socket.on("close", (code) => tell(code));
    await once(socket, "open");
  }, proxy.port());
  await server.kill();
  expect(await node.told()).toBe(1006);
});

test("500 sockets at once keep their messages apart, and all of them end", async () => {
  const upstream = await startEcho();
  await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
  const wrong = await node.run(async ({ WebSocket, once }, port) => {
    const sockets = Array.from({ length: 500 }, () => new WebSocket(`ws://127.0.0.1:${port}/`));
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    const answers = sockets.map(async (socket, index) => {
      const received: string[] = [];
      socket.on("message", (data) => received.push(data.toString()));
      for (let count = 0; count < 5; count++) socket.send(`${index}/${count}`);
      while (received.length < 5) await once(socket, "message");
      return received.every((text, count) => text === `${index}/${count}`);
    });
    const right = await Promise.all(answers);
    const closed = sockets.map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.close(1000);
    await Promise.all(closed);
    return right.filter((isRight) => !isRight).length;
  }, proxy.port());
  expect(wrong).toBe(0);
  for (let count = 0; count < 500; count++) expect(await node.told()).toMatchObject({ code: 1000 });
});
