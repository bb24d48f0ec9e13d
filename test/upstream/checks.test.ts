/** One look at a real target, by each kind of check, and what is made of many looks. */
import { afterEach, describe, expect, test } from "bun:test";
import net from "node:net";
import { createRandom } from "../../src/base/random.ts";
import {
  type CheckSpec,
  type HttpCheckSpec,
  startProbe,
  type TcpCheckSpec,
} from "../../src/upstream/checks/check.ts";
import { type CheckState, TargetChecker } from "../../src/upstream/checks/target-checker.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that says this to whatever it is told; null: it accepts and says nothing. */
async function serve(answer: string | null | ((received: string) => string)): Promise<Served> {
  const served: Served = { port: 0, received: "", connections: 0 };
  const server = net.createServer({ allowHalfOpen: false }, (socket) => {
    served.connections++;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      served.received += chunk.toString("latin1");
      if (answer === null) return;
      socket.end(typeof answer === "string" ? answer : answer(served.received), "latin1");
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  served.port = (server.address() as net.AddressInfo).port;
  return served;
}

interface Served {
  port: number;
  received: string;
  connections: number;
}

function look(spec: CheckSpec, port: number): Promise<string | null> {
  const address = { kind: "tcp", ip: "127.0.0.1", port } as const;
  return new Promise((resolve) => startProbe(spec, address, "app.internal:80", resolve));
}

const HTTP: HttpCheckSpec = {
  kind: "http",
  method: "GET",
  path: "/healthz?deep=1",
  host: null,
  fields: [],
  statuses: [[200, 399]],
  body: null,
};
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function contains(text: string): HttpCheckSpec["body"] {
  return { source: text, test: (body) => body.includes(text) };
}

describe("http", () => {
  for (const [answer, spec, fault] of [
    [OK, {}, null],
    ["HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", {}, null],
    ["HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {}, null],
    ["HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", {}, "status 503"],
    [
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
      {
        statuses: [
          [200, 200],
          [404, 404],
        ],
      },
      null,
    ],
    [OK, { statuses: [[204, 204]] }, "status 200"],
    [OK, { body: contains("ok") }, null],
    [OK, { body: contains("fine") }, "unexpected body"],
    ["HTTP/1.1 200 OK\r\n\r\nall is ok", { body: contains("is ok") }, null],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no\u00c3\r\n2\r\n\u00a9k\r\n0\r\n\r\n",
      { body: contains("oék") },
      null,
    ],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", { body: contains("no") }, "closed too early"],
    ["SSH-2.0-OpenSSH\r\n", {}, "malformed answer (version)"],
    ["", {}, "closed too early"],
  ] as const) {
    const told = fault ?? "well";
    test(`${JSON.stringify(answer).slice(0, 60)} is ${told} (${JSON.stringify(spec)})`, async () => {
      const { port } = await serve(() => answer);
      expect(await look({ ...HTTP, ...spec } as HttpCheckSpec, port)).toBe(fault);
    });
  }

  test("asks for what it is told to, and says who it is", async () => {
    const served = await serve(OK);
    await look(
      { ...HTTP, method: "HEAD", host: "shop.example", fields: [["accept", "text/plain"]] },
      served.port,
    );
    expect(served.received.split("\r\n")).toEqual([
      "HEAD /healthz?deep=1 HTTP/1.1",
      "Host: shop.example",
      "User-Agent: portward-health",
      "Connection: close",
      "accept: text/plain",
      "",
      "",
    ]);
  });

  test("asks for the target by its own name unless told otherwise", async () => {
    const served = await serve(OK);
    await look(HTTP, served.port);
    expect(served.received).toContain("Host: app.internal:80\r\n");
  });

  test("a target where nobody listens is refused", async () => {
    const { port } = await serve(OK);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    expect(await look(HTTP, port)).toBe("refused");
  });
});

describe("tcp", () => {
  const TCP: TcpCheckSpec = { kind: "tcp", send: null, expect: null };

  test("that it accepts is enough", async () => {
    const { port } = await serve(null);
    expect(await look(TCP, port)).toBeNull();
  });

  for (const [answer, fault] of [
    ["+PONG\r\n", null],
    ["-ERR\r\n", "closed too early"],
    ["-ERR".repeat(20_000), "unexpected answer"],
  ] as const) {
    test(`asked for +PONG and told ${answer.slice(0, 6).trim()}: ${fault ?? "well"}`, async () => {
      const served = await serve(answer);
      expect(await look({ ...TCP, send: "PING\r\n", expect: "+PONG" }, served.port)).toBe(fault);
      expect(served.received).toBe("PING\r\n");
    });
  }
});

/** A checker of a server that says what the test wants, on time that the test moves. */
class CheckScene {
  readonly clock = new FakeClock();
  readonly changes: CheckState[] = [];
  readonly checker: TargetChecker;
  readonly #served: Served;

  constructor(served: Served, random = createRandom([1, 2, 3, 4])) {
    this.#served = served;
    this.checker = new TargetChecker({
      name: "app:80",
      spec: HTTP,
      timing: { everyMs: 10_000, timeoutMs: 2_000, rise: 2, fall: 3 },
      addresses: () => [{ kind: "tcp", ip: "127.0.0.1", port: served.port }],
      timers: this.clock.timers,
      random,
      onChange: (state) => this.changes.push(state),
    });
    this.checker.start();
  }

  /** Another look has been taken, and what it says is known. */
  async look(): Promise<void> {
    const { connections } = this.#served;
    while (this.#served.connections === connections) {
      this.clock.advance(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => this.checker.settled, "a verdict");
  }
}

describe("looks in a row", () => {
  test("the first decides alone; then it takes three failures to be down and two successes to be up", async () => {
    let status = 200;
    const served = await serve(() => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`);
    const scene = new CheckScene(served);
    const ups: (boolean | null)[] = [scene.checker.state.up];
    for (const next of [200, 500, 500, 200, 500, 500, 500, 200, 500, 200, 200]) {
      status = next;
      await scene.look();
      ups.push(scene.checker.state.up);
    }
    expect(ups).toEqual([null, true, true, true, true, true, true, false, false, false, false, true]);
    expect(scene.changes.map(({ up, fault }) => [up, fault])).toEqual([
      [true, null],
      [false, "status 500"],
      [true, null],
    ]);
    scene.checker.stop();
    expect(scene.clock.timers.size).toBe(0);
  });

  test("a target that is down from the start is down at the first look", async () => {
    const scene = new CheckScene(await serve("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"));
    await scene.look();
    expect(scene.checker.state).toMatchObject({ up: false, fault: "status 500" });
    scene.checker.stop();
  });

  test("a look that takes too long has failed", async () => {
    const served = await serve(null);
    const scene = new CheckScene(served);
    scene.clock.advance(600);
    await eventually(() => served.connections === 1, "a look");
    scene.clock.advance(2_100);
    expect(scene.checker.state).toMatchObject({ up: false, fault: "timeout" });
    scene.checker.stop();
  });

  test("looks are a tenth more or less than the interval apart", async () => {
    const served = await serve(OK);
    const scene = new CheckScene(served);
    await scene.look();
    const gaps: number[] = [];
    for (let i = 0; i < 20; i++) {
      const before = scene.clock.nowMs();
      await scene.look();
      gaps.push(scene.clock.nowMs() - before);
    }
    for (const gap of gaps) expect(gap).toBeWithin(8_500, 11_600);
    expect(new Set(gaps).size).toBeGreaterThan(2);
    scene.checker.stop();
  });
});
