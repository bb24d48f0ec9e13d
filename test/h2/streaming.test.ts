/**
 * Event streams and long polls where HTTP/2 is spoken on either side: nothing is gathered, and what is alive is not timed
 * out. test/e2e/streaming.test.ts has the same over HTTP/1.1 alone.
 */
import { describe, expect, test } from "bun:test";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { block, data, frame, headers } from "./frames.ts";
import { H2Upstream } from "./scripted-h2-upstream.ts";

type Version = "http1" | "h2";

/** A client that has asked once. */
interface Asking extends Disposable {
  /** How many events have come. */
  events(): number;
  status(): number;
  ended(): boolean;
}

/** The target's side of that request. */
interface Answering {
  begin(): void;
  event(): void;
  answer(): void;
}

const EVENT = "data: x\n\n";

async function ask(version: Version, port: number): Promise<Asking> {
  if (version === "http1") {
    const peer = await RawPeer.connect(port);
    peer.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    return {
      events: () => peer.received.split(EVENT).length - 1,
      status: () => Number(/^HTTP\/1.1 (\d+)/.exec(peer.received)?.[1] ?? 0),
      ended: () => peer.ended || peer.socket.destroyed,
      [Symbol.dispose]: () => peer[Symbol.dispose](),
    };
  }
  const peer = await H2Peer.connect(port);
  peer.send(headers(1));
  const ofStream = () => peer.frames.filter(({ stream }) => stream === 1);
  return {
    events: () => ofStream().filter(({ type, payload }) => type === FRAME.data && payload === EVENT).length,
    // Of the static table: 200 is its field 8; others are spelled out behind the name of field 8.
    status: () => {
      const head = ofStream().find(({ type }) => type === FRAME.headers)?.payload ?? "";
      return head === "" ? 0 : head.charCodeAt(0) === 0x88 ? 200 : 504;
    },
    ended: () => ofStream().some(({ type, flags }) => type === FRAME.rstStream || (flags & 1) !== 0),
    [Symbol.dispose]: () => peer[Symbol.dispose](),
  };
}

class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  proxy!: TestProxy;
  readonly #version: Version;
  #http1!: ScriptedUpstream;
  #http2!: H2Upstream;

  private constructor(version: Version) {
    this.#version = version;
  }

  static async open(version: Version, timeouts: string): Promise<Scene> {
    const scene = new Scene(version);
    scene.#http1 = await ScriptedUpstream.start();
    scene.#http2 = await H2Upstream.start();
    const { target } = version === "http1" ? scene.#http1 : scene.#http2;
    const yaml = `
listeners: { web: { address: "127.0.0.1:0" } }
settings: { timeouts: ${timeouts} }
routes: [{ listen: web, path: /, targets: ["${target}"], protocol: ${version} }]
`;
    scene.proxy = await startTestProxy(yaml, { timers: scene.clock.timers });
    return scene;
  }

  async asked(): Promise<Answering> {
    if (this.#version === "http1") {
      const peer = await this.#http1.accept();
      await peer.until(/\r\n\r\n/);
      return {
        begin: () => peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        event: () => peer.send(`${EVENT.length.toString(16)}\r\n${EVENT}\r\n`),
        answer: () => peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`),
      };
    }
    const side = await this.#http2.accept();
    const id = await side.request(1);
    const head = block([[":status", "200"]]);
    return {
      begin: () => side.send(frame(FRAME.headers, 4, id, head)),
      event: () => side.send(data(id, EVENT)),
      answer: () => side.send(frame(FRAME.headers, 4, id, head) + data(id, EVENT, true)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#http1[Symbol.asyncDispose]();
    await this.#http2[Symbol.asyncDispose]();
  }
}

const PAIRS: readonly (readonly [Version, Version])[] = [
  ["h2", "http1"],
  ["http1", "h2"],
  ["h2", "h2"],
];

for (const [client, target] of PAIRS) {
  describe(`${client} client, ${target} target`, () => {
    test("each event arrives before the next is sent, and outlives every deadline but `idle`", async () => {
      const timeouts = "{ head: 1s, body: 1s, response: 1s, keep_alive: 1s, idle: 60s }";
      await using scene = await Scene.open(target, timeouts);
      using asking = await ask(client, scene.proxy.port());
      const answering = await scene.asked();
      answering.begin();
      await eventually(() => asking.status() === 200, "the head, before any event");
      for (let count = 1; count <= 20; count++) {
        scene.clock.advance(55_000);
        answering.event();
        await eventually(() => asking.events() === count, `event ${count}`);
      }
      expect(asking.ended()).toBe(false);
      scene.clock.advance(61_000);
      await eventually(() => asking.ended(), "the end of a silent stream");
      expect(scene.proxy.failures).toEqual(["upstream.idle_timeout"]);
    });

    test("a long poll is answered as late as `response` allows, and not later", async () => {
      await using scene = await Scene.open(target, "{ response: 300s, idle: 1s, keep_alive: 1s }");
      using first = await ask(client, scene.proxy.port());
      const answering = await scene.asked();
      scene.clock.advance(299_000);
      answering.answer();
      await eventually(() => first.events() === 1, "the answer");
      using second = await ask(client, scene.proxy.port());
      await eventually(() => scene.proxy.running.census().targets[0]!.active === 1, "another exchange");
      scene.clock.advance(301_000);
      await eventually(() => second.status() === 504, "the failure");
      expect(scene.proxy.failures).toEqual(["upstream.response_timeout"]);
    });
  });
}
