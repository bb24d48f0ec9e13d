/** Bodies larger than any buffer: they arrive byte for byte, and the proxy's memory stays where it was. */
import { describe, expect, test } from "bun:test";
import type { Socket, TCPSocketListener } from "bun";
import { untilStill } from "../support/eventually.ts";
import { ChunkedPatternSender, Dechunker, PatternChecker, PatternSender } from "../support/pattern.ts";
import { ProxyProcess } from "../support/proxy-process.ts";

const MIB = 1024 * 1024;
/**
 * Beyond what the process has when it begins: chunks under way, and code that runs for the first time. 10 MiB were seen; it
 * would be 60 if chunks waited for the garbage collector (src/io/chunk-memory.ts).
 */
const GROWTH_BYTES = 32 * MIB;
/** One exchange, one direction (docs/life-of-a-request.md). */
const HELD_BYTES = MIB;

interface Role {
  onData(socket: Socket<Role>, chunk: Buffer): void;
  onDrain?(socket: Socket<Role>): void;
  onEnd?(socket: Socket<Role>): void;
}

const HANDLERS = {
  data: (socket: Socket<Role>, chunk: Buffer) => socket.data.onData(socket, chunk),
  drain: (socket: Socket<Role>) => socket.data?.onDrain?.(socket),
  end: (socket: Socket<Role>) => socket.data?.onEnd?.(socket),
  error: () => undefined,
};

function serve(makeRole: () => Role): TCPSocketListener<Role> {
  const open = (socket: Socket<Role>): void => {
    socket.data = makeRole();
  };
  return Bun.listen<Role>({ hostname: "127.0.0.1", port: 0, socket: { ...HANDLERS, open } });
}

function connect(port: number, role: Role): Promise<Socket<Role>> {
  return Bun.connect<Role>({ hostname: "127.0.0.1", port, data: role, socket: HANDLERS });
}

function through(upstream: TCPSocketListener<Role>): Promise<ProxyProcess> {
  return ProxyProcess.start(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${upstream.port}"] }]
`);
}

interface Framing {
  readonly name: string;
  readonly totalBytes: number;
  readonly field: string;
  readonly send: (socket: Socket<unknown>, totalBytes: number) => Sender;
}

interface Sender {
  readonly done: boolean;
  resume(): void;
}

const BY_LENGTH: Framing = {
  name: "1 GiB by length",
  totalBytes: 1024 * MIB,
  field: `Content-Length: ${1024 * MIB}\r\n`,
  send: (socket, totalBytes) => new PatternSender(socket, totalBytes),
};
const IN_CHUNKS: Framing = {
  name: "256 MiB in chunks",
  totalBytes: 256 * MIB,
  field: "Transfer-Encoding: chunked\r\n",
  send: (socket, totalBytes) => new ChunkedPatternSender(socket, totalBytes, 30_011),
};

/** Sends the body behind its head: at once, or as an answer to whatever comes. */
class Source implements Role {
  readonly #head: string;
  readonly #framing: Framing;
  #sender: Sender | null = null;

  constructor(startLine: string, framing: Framing) {
    this.#head = `${startLine}\r\n${framing.field}\r\n`;
    this.#framing = framing;
  }

  begin(socket: Socket<Role>): void {
    socket.write(this.#head);
    this.#sender = this.#framing.send(socket, this.#framing.totalBytes);
    this.onDrain(socket);
  }

  onData(socket: Socket<Role>): void {
    if (this.#sender === null) this.begin(socket);
  }

  /** Without a framing field the end of the connection is the end of the body. */
  onDrain(socket: Socket<Role>): void {
    this.#sender?.resume();
    if (this.#sender?.done && this.#framing.field === "") socket.end();
  }
}

/** Checks the body behind a head, and tells when it has all of it. */
class Sink implements Role {
  readonly checker = new PatternChecker();
  readonly done: Promise<void>;
  readonly #feed: (chunk: Buffer) => void;
  readonly #isDone: () => boolean;
  readonly #onDone: (socket: Socket<Role>) => void;
  readonly #resolve: () => void;
  #inBody = false;

  constructor(framing: Framing, onDone: (socket: Socket<Role>) => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const dechunker = new Dechunker((data) => this.checker.take(data));
    const isChunked = framing === IN_CHUNKS;
    this.#feed = isChunked ? (chunk) => dechunker.feed(chunk) : (chunk) => this.checker.take(chunk);
    this.#isDone = isChunked ? () => dechunker.done : () => this.checker.received >= framing.totalBytes;
    this.#onDone = onDone;
    this.done = promise;
    this.#resolve = resolve;
  }

  onData(socket: Socket<Role>, chunk: Buffer): void {
    this.#feed(this.#inBody ? chunk : chunk.subarray(chunk.indexOf("\r\n\r\n") + 4));
    this.#inBody = true;
    if (!this.#isDone()) return;
    this.#onDone(socket);
    this.#resolve();
  }
}

/** How much the proxy grows during `transfer`. */
async function growthOf(proxy: ProxyProcess, transfer: () => Promise<void>): Promise<number> {
  const { rssBytes } = await proxy.size();
  using _watch = proxy.watchPeak();
  await transfer();
  return proxy.peakBytes - rssBytes;
}

for (const framing of [BY_LENGTH, IN_CHUNKS]) {
  const { name, totalBytes } = framing;

  test(`${name}, down`, async () => {
    using upstream = serve(() => new Source("HTTP/1.1 200 OK", framing));
    await using proxy = await through(upstream);
    const sink = new Sink(framing, (socket) => socket.end());
    const growth = await growthOf(proxy, async () => {
      (await connect(proxy.port, sink)).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await sink.done;
    });
    expect(sink.checker).toMatchObject({ received: totalBytes, wrongAt: -1 });
    expect(growth).toBeLessThan(GROWTH_BYTES);
  }, 60_000);

  test(`${name}, up`, async () => {
    const sink = new Sink(framing, (socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    );
    using upstream = serve(() => sink);
    await using proxy = await through(upstream);
    const source = new Source("POST / HTTP/1.1\r\nHost: a", framing);
    const growth = await growthOf(proxy, async () => {
      source.begin(await connect(proxy.port, source));
      await sink.done;
    });
    expect(sink.checker).toMatchObject({ received: totalBytes, wrongAt: -1 });
    expect(growth).toBeLessThan(GROWTH_BYTES);
  }, 60_000);
}

test("1 GiB between a client and an upstream of HTTP/1.0, where the connection's end is the answer's", async () => {
  const untilClose: Framing = { ...BY_LENGTH, field: "" };
  using upstream = serve(() => new Source("HTTP/1.0 200 OK", untilClose));
  await using proxy = await through(upstream);
  const sink = new Sink(BY_LENGTH, () => undefined);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const client = await connect(proxy.port, { onData: sink.onData.bind(sink), onEnd: () => resolve() });
  client.write("GET / HTTP/1.0\r\n\r\n");
  await ended;
  expect(sink.checker).toMatchObject({ received: BY_LENGTH.totalBytes, wrongAt: -1 });
}, 60_000);

describe("50 readers that stop", () => {
  const COUNT = 50;

  test("of answers", async () => {
    using upstream = serve(() => new Source("HTTP/1.1 200 OK", BY_LENGTH));
    await using proxy = await through(upstream);
    const growth = await growthOf(proxy, async () => {
      for (let count = 0; count < COUNT; count++) {
        const client = await connect(proxy.port, { onData: (socket) => void socket.pause() });
        client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      await untilHeld(proxy);
      await untilUnmoved(proxy);
    });
    const { unsentBytes } = (await proxy.size()).census.listeners[0]!;
    expect(unsentBytes).toBeGreaterThan(0);
    expect(unsentBytes).toBeLessThan(COUNT * HELD_BYTES);
    expect(growth).toBeLessThan(COUNT * HELD_BYTES + GROWTH_BYTES);
  }, 60_000);

  test("of requests", async () => {
    using upstream = serve(() => ({ onData: (socket) => void socket.pause() }));
    await using proxy = await through(upstream);
    const growth = await growthOf(proxy, async () => {
      for (let count = 0; count < COUNT; count++) {
        const source = new Source("POST / HTTP/1.1\r\nHost: a", BY_LENGTH);
        source.begin(await connect(proxy.port, source));
      }
      await untilUnmoved(proxy);
    });
    expect(growth).toBeLessThan(COUNT * HELD_BYTES + GROWTH_BYTES);
  }, 60_000);
});

/** Something waits for clients: on a busy machine nothing moves for a while before anything has come at all. */
async function untilHeld(proxy: ProxyProcess): Promise<void> {
  while ((await proxy.size()).census.listeners[0]!.unsentBytes === 0) await Bun.sleep(5);
}

/** Its memory has not moved for a while. */
async function untilUnmoved(proxy: ProxyProcess): Promise<void> {
  let rssBytes = 0;
  const timer = setInterval(async () => {
    rssBytes = (await proxy.size()).rssBytes;
  }, 5);
  await untilStill(() => Math.round(rssBytes / MIB), 300);
  clearInterval(timer);
}
