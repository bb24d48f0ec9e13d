/**
 * The whole way of a reload, from text to answers, with everything that is taken over from before: after any changes each
 * request is answered, and counted, as the new text says. Some reloads are called off, and then nothing is different.
 */
import { describe, expect, test } from "bun:test";
import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { ConfigurationMemory } from "../../src/config/configuration-memory.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import type { Configuration } from "../../src/config/model.ts";
import { localSharedMemory, type SegmentSizes } from "../../src/io/shared-memory.ts";
import { collect } from "../../src/observe/metrics/collect.ts";
import { type RunningProxy, startProxy } from "../../src/runtime/start.ts";
import { CLONE, FrameReader } from "../../src/supervisor/channel/frames.ts";
import { type ConfigurationPart, GatheredConfiguration } from "../../src/supervisor/configuration-parts.ts";
import { InstanceCounting } from "../../src/supervisor/instance-counting.ts";
import { Parceller } from "../../src/supervisor/parcel.ts";
import { memoryFiles } from "../config/memory-files.ts";
import { ask, EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";

const SEEDS = [1, 2, 3];
const RELOADS = 25;

for (const [room, sizes] of [
  ["for all that is counted", undefined],
  ["for a part of what is counted", { rowsBytes: 12 * 1024, slotBytes: 40 * 1024 }],
] as const) {
  describe(`with room ${room}`, () => {
    for (const seed of SEEDS) {
      test(`random changes ${seed}`, async () => {
        await using one = await EchoUpstream.start("one");
        await using other = await EchoUpstream.start("other");
        const site = new Site(createRandom([seed, 2, 3, 4]), [one, other]);
        using chain = await Chain.start(site.text, sizes);
        for (let round = 0; round < RELOADS; round++) {
          await site.check(chain, sizes === undefined);
          const before = site.routes;
          site.change();
          if (round % 5 !== 4) await chain.reload(site.text, true);
          else {
            await chain.reload(site.text, false);
            site.routes = before;
          }
        }
        await site.check(chain, sizes === undefined);
      }, 30_000);
    }
  });
}

/** Supervisor and worker, one function call apart. */
class Chain implements Disposable {
  readonly #memory = new ConfigurationMemory();
  readonly #parceller = new Parceller();
  readonly #gathered = new GatheredConfiguration();
  readonly #shared: ReturnType<typeof localSharedMemory>;
  readonly #counting: InstanceCounting;
  #held: ReadonlySet<number> = new Set();
  #inForce: Configuration | null = null;
  #proxy: RunningProxy | null = null;

  private constructor(sizes: SegmentSizes | undefined) {
    this.#shared = localSharedMemory(0, sizes);
    this.#shared.takeSlot(0, process.pid, 0);
    this.#counting = new InstanceCounting(this.#shared, () => {});
  }

  static async start(text: string, sizes: SegmentSizes | undefined): Promise<Chain> {
    const chain = new Chain(sizes);
    const configuration = await chain.#load(text);
    chain.#counting.use(configuration);
    const counting = { memory: chain.#shared, slot: 0 };
    const started = await startProxy(chain.#send(configuration), { log: () => {}, counting, checked: [] });
    if (!started.ok) throw new Error(started.error[0]!.message);
    chain.#proxy = started.value;
    chain.#inForce = configuration;
    return chain;
  }

  get port(): number {
    return Number(this.#proxy!.listeners[0]!.address.split(":").at(-1));
  }

  /** @param go false: called off when all is ready */
  async reload(text: string, go: boolean): Promise<void> {
    const configuration = await this.#load(text);
    this.#counting.prepare(configuration);
    const reloaded = await this.#proxy!.reload(this.#send(configuration), undefined, Promise.resolve(go));
    expect(reloaded.ok).toBe(go);
    if (go) this.#inForce = configuration;
    this.#counting.use(this.#inForce!);
  }

  /** By route: how many requests were counted, under whichever name. */
  counted(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { labels, value } of collect(this.#shared.rows, []).of("requests")) {
      if (typeof value !== "number") continue;
      const route = labels[1]!;
      counts.set(route, (counts.get(route) ?? 0) + value);
    }
    return counts;
  }

  [Symbol.dispose](): void {
    this.#proxy?.stopNow();
  }

  async #load(text: string): Promise<Configuration> {
    const loaded = await loadConfiguration(["site.yaml"], memoryFiles({ "site.yaml": text }), this.#memory);
    if (!loaded.ok) throw new Error(loaded.error[0]!.message);
    return loaded.value.configuration;
  }

  #send(configuration: Configuration): Configuration {
    const parcel = this.#parceller.parcel(configuration);
    const reader = new FrameReader(CLONE);
    for (const frame of parcel.framesFor(this.#held)) reader.push(frame);
    this.#held = parcel.ids;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      if (typeof frame === "string") throw new Error(frame);
      this.#gathered.add(frame.value as ConfigurationPart);
    }
    return this.#gathered.take();
  }
}

interface SiteRoute {
  readonly path: string;
  readonly text: string;
  /** What is answered to a request for `path/x`. */
  readonly answer: string;
}

/** A configuration that changes at random, and what it says. */
class Site {
  routes: readonly SiteRoute[];
  readonly #random: Random;
  readonly #upstreams: readonly EchoUpstream[];
  #next = 0;
  #timeoutS = 5;

  constructor(random: Random, upstreams: readonly EchoUpstream[]) {
    this.#random = random;
    this.#upstreams = upstreams;
    this.routes = Array.from({ length: 8 }, () => this.#fresh());
  }

  get text(): string {
    return [
      "name: site",
      `settings: { timeouts: { response: ${this.#timeoutS}s } }`,
      'listeners: { web: { address: "127.0.0.1:0" } }',
      `upstreams: { named: { targets: ["${this.#upstreams[0]!.target}"] } }`,
      "routes:",
      "  - { listen: web, path: /named, upstream: named }",
      ...this.routes.map(({ text }) => text),
      "",
    ].join("\n");
  }

  change(): void {
    const at = randomBelow(this.#random, this.routes.length);
    const kind = randomBelow(this.#random, 6);
    if (kind === 0) this.routes = this.routes.toSpliced(at, 0, this.#fresh());
    else if (kind === 1 && this.routes.length > 3) this.routes = this.routes.toSpliced(at, 1);
    else if (kind === 2) this.routes = [...this.routes.toSpliced(at, 1), this.routes[at]!];
    else if (kind === 3) this.#timeoutS++;
    else this.routes = this.routes.with(at, this.#fresh(this.routes[at]!.path));
  }

  async check(chain: Chain, isCounted: boolean): Promise<void> {
    using client = await RawPeer.connect(chain.port);
    const before = chain.counted();
    for (const [index, { path, answer }] of this.routes.entries()) {
      for (let time = 0; time <= index; time++) expect(await said(client, `${path}/x`)).toBe(answer);
    }
    expect(await said(client, "/named")).toBe("one /named");
    if (!isCounted) return;
    // Of the route that is at this place, and of no other.
    const since = () => {
      const now = chain.counted();
      return this.routes.map((_, at) => now.get(`site/${at + 1}`)! - (before.get(`site/${at + 1}`) ?? 0));
    };
    const expected = this.routes.map((_, at) => at + 1);
    await eventually(() => Bun.deepEquals(since(), expected), `${expected}`);
  }

  #fresh(path = `/p${++this.#next}`): SiteRoute {
    const number = ++this.#next;
    const kind = randomBelow(this.#random, 4);
    const line = (rest: string) => `  - { listen: web, path: ${path}, ${rest} }`;
    if (kind === 0) {
      return {
        path,
        text: line(`respond: { status: 200, body: fixed ${number} }`),
        answer: `fixed ${number}`,
      };
    }
    if (kind === 1) {
      return { path, text: line(`rewrite: /n${number}, upstream: named`), answer: `one /n${number}/x` };
    }
    const upstream = this.#upstreams[kind - 2]!;
    const text = line(`rewrite: /r${number}, targets: ["${upstream.target}"]`);
    return { path, text, answer: `${upstream.name} /r${number}/x` };
  }
}

async function said(client: RawPeer, path: string): Promise<string> {
  const { body, echo } = await ask(client, `GET ${path} HTTP/1.1`, "Host: h");
  return echo.name === "" ? body : `${echo.name} ${echo.target}`;
}
