/**
 * Limits and verdicts hold for an instance, not for each of its workers: several real processes, one of them killed in the
 * middle, and a target that counts what reaches it at once.
 */
import { describe, expect, test } from "bun:test";
import net, { type AddressInfo } from "node:net";
import { posix } from "../../src/io/posix.ts";
import { AilingUpstream } from "../support/ailing-upstream.ts";
import { certificatePath } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { TlsClient } from "../support/tls-client.ts";
import { RunningProgram } from "./running-program.ts";

const LIMIT = 6;
const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/** Holds what comes until it is told to answer, and knows how many requests it has had at once. */
class HoldingUpstream implements AsyncDisposable {
  peak = 0;
  answered = 0;
  readonly #held = new Set<net.Socket>();
  readonly #sockets = new Set<net.Socket>();
  readonly #server = net.createServer({ noDelay: true }, (socket) => this.#serve(socket));

  static async start(): Promise<HoldingUpstream> {
    const upstream = new HoldingUpstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Those that have been held for longest. */
  answer(count: number): void {
    for (const socket of [...this.#held].slice(0, count)) {
      this.#held.delete(socket);
      this.answered++;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    }
  }

  /** Whatever is held or comes, until that is done. */
  async answerAllUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.finally(() => {
      isDone = true;
    });
    await eventually(() => {
      this.answer(this.held);
      return isDone;
    }, "the end of all clients");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#held.delete(socket);
    });
    socket.on("data", () => {
      this.#held.add(socket);
      this.peak = Math.max(this.peak, this.#held.size);
    });
  }
}

/** A client that asks again and again, on a new connection when its worker has been killed. */
class Client {
  fine = 0;
  refused = 0;
  stopped = false;

  async run(port: number): Promise<void> {
    let peer = await RawPeer.connect(port);
    while (!this.stopped) {
      peer.clear();
      peer.send(REQUEST);
      const answer = await peer.until(/\r\n\r\n(fine|\{.*\})$/, 20_000).catch(() => null);
      if (answer?.endsWith("fine") === true) this.fine++;
      else if (answer !== null) this.refused++;
      else peer = await RawPeer.connect(port);
    }
    peer.socket.destroy();
  }
}

/** Answers in halves whenever as many are there as may be. */
async function rounds(upstream: HoldingUpstream, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await eventually(() => upstream.held >= LIMIT, `${LIMIT} requests at once`);
    upstream.answer(LIMIT / 2);
  }
}

function breakerSite(target: string, breaker: string): string {
  return `
routes:
  - listen: "127.0.0.1:0"
    path: /
    targets: ["${target}"]
    breaker: { ${breaker}, queue: 200, queue_timeout: 20s }
`;
}

describe.skipIf(posix === null)("limits of several workers", () => {
  for (const [workers, breaker] of [
    [2, `requests: ${LIMIT}`],
    [4, `requests_per_target: ${LIMIT}`],
  ] as const) {
    test(`${breaker} over ${workers} workers, one of which is killed`, async () => {
      await using upstream = await HoldingUpstream.start();
      const site = breakerSite(upstream.target, breaker);
      await using program = await RunningProgram.start(site, ["--workers", `${workers}`]);
      const clients = Array.from({ length: 32 }, () => new Client());
      const running = clients.map((client) => client.run(program.port));

      await rounds(upstream, 20);
      expect(upstream.peak).toBe(LIMIT);

      // All places are taken, by more than one worker. What the killed one had is there for the others.
      await eventually(() => upstream.held === LIMIT, "all places taken");
      program.signal("SIGKILL", program.workers()[0]!);
      await program.until("worker_ready");
      await rounds(upstream, 5);
      await eventually(() => upstream.held === LIMIT, "all places taken again");
      upstream.peak = 0;
      await rounds(upstream, 20);
      expect(upstream.peak).toBe(LIMIT);

      for (const client of clients) client.stopped = true;
      await upstream.answerAllUntil(Promise.all(running));
      expect(clients.reduce((sum, { refused }) => sum + refused, 0)).toBe(0);
      expect(clients.every(({ fine }) => fine > 0)).toBe(true);
    }, 60_000);
  }
});

test.skipIf(posix === null)(
  "a source may begin as many handshakes as it may, however many workers there are",
  async () => {
    await using program = await RunningProgram.start(
      `
listeners:
  web:
    address: "127.0.0.1:0"
    tls: { handshakes: 5, certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ] }
routes: [{ listen: web, path: /, respond: { body: fine } }]
`,
      ["--workers", "4"],
    );
    const beganMs = performance.now();
    const { port } = program;
    const clients = await Promise.all(Array.from({ length: 80 }, () => TlsClient.connect({ port })));
    const allowed = 10 + (5 * (performance.now() - beganMs)) / 1_000;
    const done = clients.filter(({ secured }) => secured).length;
    for (const client of clients) client[Symbol.dispose]();
    expect(done).toBeGreaterThanOrEqual(10);
    expect(done).toBeLessThanOrEqual(allowed + 1);
  },
  60_000,
);

describe.skipIf(posix === null)("a target that is ejected", () => {
  test("by one of four workers is out for all of them, and comes back for all", async () => {
    await using a = await AilingUpstream.start("a");
    await using b = await AilingUpstream.start("b");
    const site = `
upstreams:
  group:
    balance: round_robin
    outliers: { consecutive: 5, eject: 2s }
    targets: ["${a.target}", "${b.target}"]
routes: [{ listen: "127.0.0.1:0", path: /, upstream: group }]
`;
    await using program = await RunningProgram.start(site, ["--workers", "4"]);
    const peers = await Promise.all(Array.from({ length: 24 }, () => RawPeer.connect(program.port)));
    const ask = async (peer: RawPeer): Promise<string> => {
      peer.clear();
      peer.send(REQUEST);
      return (await peer.until(/\r\n\r\n[ab]$/)).slice(-1);
    };
    const everybody = async () => [...new Set(await Promise.all(peers.map(ask)))].sort().join("");
    expect(await everybody()).toBe("ab");

    a.does = 503;
    // One client is at one worker: only that one sees it fail.
    const before = a.requests;
    for (let i = 0; i < 20 && a.requests < before + 5; i++) await ask(peers[0]!);
    expect(a.requests).toBe(before + 5);
    expect(await everybody()).toBe("b");
    expect(a.requests).toBe(before + 5);

    a.does = 200;
    // Every worker's clock comes to it by itself, within a tick of the others; which worker has which client is not known.
    const back = new Set<RawPeer>();
    const endMs = performance.now() + 10_000;
    for (let at = 0; back.size < peers.length && performance.now() < endMs; at = (at + 1) % peers.length) {
      // Those who take turns give one client the same target each time when all ask in order.
      for (let i = 0; i < 3; i++) if ((await ask(peers[at]!)) === "a") back.add(peers[at]!);
    }
    expect(back.size).toBe(peers.length);
    for (const peer of peers) peer.socket.destroy();
  }, 60_000);
});
