/** Syslog servers on loopback: what arrives, and what happens when they are not there. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket, TCPSocketListener } from "bun";
import { TcpSyslog } from "../../src/io/syslog/tcp-syslog.ts";
import { UdpSyslog } from "../../src/io/syslog/udp-syslog.ts";
import { UnixSyslog } from "../../src/io/syslog/unix-syslog.ts";
import { askOnce } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { UnixDatagrams } from "./unix-datagrams.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portward-syslog-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Writable {
  write(bytes: Buffer, length: number): Promise<unknown>;
}

function write(output: Writable, text: string): Promise<unknown> {
  const bytes = Buffer.from(text);
  return output.write(bytes, bytes.length);
}

/** A server that takes what comes, and may be told not to. */
class TcpServer implements Disposable {
  received = "";
  readonly sockets: Socket<undefined>[] = [];
  readonly #listener: TCPSocketListener<undefined>;

  constructor(paused = false) {
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          this.sockets.push(socket);
          if (paused) socket.pause();
        },
        data: (_, chunk) => {
          this.received += chunk.toString("latin1");
        },
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}

describe("by TCP", () => {
  test("each line has its length in front", async () => {
    using server = new TcpServer();
    const output = new TcpSyslog("127.0.0.1", server.port);
    expect(await output.open()).toBeNull();
    expect(await write(output, "one\nthree\n")).toEqual({ takenBytes: 10, cause: null });
    await eventually(() => server.received === "3 one5 three", "both");
    await output.close();
  });

  test("much is sent as the server takes it", async () => {
    using server = new TcpServer();
    const output = new TcpSyslog("127.0.0.1", server.port);
    const text = `${"x".repeat(999)}\n`.repeat(8_000);
    expect(await write(output, text)).toEqual({ takenBytes: text.length, cause: null });
    await eventually(() => server.received.length === 8_000 * (999 + 4), "all");
    await output.close();
  });

  test("a server that does not read costs the lines that it did not take, after a second", async () => {
    using server = new TcpServer(true);
    const output = new TcpSyslog("127.0.0.1", server.port);
    const text = `${"x".repeat(999)}\n`.repeat(20_000);
    const outcome = (await write(output, text)) as { takenBytes: number; cause: string };
    expect(outcome.cause).toBe("slow");
    expect(outcome.takenBytes % 1_000).toBe(0);
    expect(outcome.takenBytes).toBeLessThan(text.length);
    await output.close();
  });

  test("a server that is not there costs the lines", async () => {
    const output = new TcpSyslog("127.0.0.1", 1);
    expect(await write(output, "lost\n")).toEqual({ takenBytes: 0, cause: "ECONNREFUSED" });
    await output.close();
  });

  test("a server that closes is connected to again", async () => {
    using server = new TcpServer();
    const output = new TcpSyslog("127.0.0.1", server.port);
    await write(output, "1\n");
    await eventually(() => server.received === "1 1", "the first");
    server.sockets[0]!.end();
    const isAgain = () => server.sockets.length === 2 && server.received.endsWith("1 2");
    while (!isAgain()) {
      await write(output, "2\n");
      await new Promise(setImmediate);
    }
    await output.close();
  });
});

test("by UDP, a datagram for each line", async () => {
  const received: string[] = [];
  const server = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: { data: (_, data) => void received.push(data.toString("latin1")) },
  });
  const output = new UdpSyslog("localhost", server.port);
  expect(await write(output, "one\ntwo\n")).toEqual({ takenBytes: 8, cause: null });
  await eventually(() => received.length === 2, "both");
  expect(received).toEqual(["one", "two"]);
  await output.close();
  server.close();
});

test("by UDP, a name that does not resolve costs the lines", async () => {
  const output = new UdpSyslog("syslog.invalid", 514);
  expect(await write(output, "one\n")).toMatchObject({ takenBytes: 0, cause: expect.any(String) });
  await output.close();
});

describe.skipIf(process.platform !== "linux")("by the system's socket", () => {
  test("a datagram for each line; a daemon that was started anew is found again", async () => {
    const path = join(folder, "log");
    const output = new UnixSyslog(path);
    {
      using server = new UnixDatagrams(path);
      expect(await write(output, "one\ntwo\n")).toEqual({ takenBytes: 8, cause: null });
      expect(server.received()).toEqual(["one", "two"]);
    }
    rmSync(path);
    using again = new UnixDatagrams(path);
    expect(await write(output, "three\n")).toEqual({ takenBytes: 6, cause: null });
    expect(again.received()).toEqual(["three"]);
    await output.close();
  });

  test("nobody there, or nobody reads: lines are lost after a second", async () => {
    const nobody = new UnixSyslog(join(folder, "nobody"));
    expect(await write(nobody, "one\n")).toEqual({ takenBytes: 0, cause: "unreachable" });
    const path = join(folder, "deaf");
    using _ = new UnixDatagrams(path);
    const deaf = new UnixSyslog(path);
    const text = `${"x".repeat(999)}\n`.repeat(2_000);
    expect(await write(deaf, text)).toMatchObject({ cause: "unreachable" });
    await nobody.close();
    await deaf.close();
  });

  test("messages of the proxy are those of RFC 5424", async () => {
    const path = join(folder, "log");
    using server = new UnixDatagrams(path);
    await using proxy = await startTestProxy(`
name: shop
settings:
  access_log:
    to: syslog:${path}
    format: "{method} {path} {status}"
    syslog: { facility: local0, app_name: edge }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /hi, respond: { status: 200, body: hi } }
  - { listen: web, path: /down, targets: ["127.0.0.1:1"] }
`);
    await askOnce(proxy.port(), "GET /hi HTTP/1.1", "Host: h");
    await askOnce(proxy.port(), "GET /none HTTP/1.1", "Host: h");
    await askOnce(proxy.port(), "GET /down HTTP/1.1", "Host: h");
    await proxy.running.drain(1_000);
    const head = `1 TIME ${hostname()} edge ${process.pid} access - `;
    const messages = server.received().map((text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/, "TIME"));
    // local0 is 16: information, information (the client's mistake), a warning.
    expect(messages).toEqual([
      `<134>${head}GET /hi 200`,
      `<134>${head}GET /none 404`,
      `<132>${head}GET /down 502`,
    ]);
  });
});
