/**
 * WebSockets through a whole proxy in this process, over sockets in memory: one seed says who sends, reads, grants and stops when,
 * in pieces of which sizes. Nothing waits for a clock, so whoever stands still is found as soon as nobody has a move left.
 */

import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { ok } from "../../src/base/result.ts";
import type { Adopt } from "../../src/io/socket-events.ts";
import { socketEvents } from "../../src/io/socket-events.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { someBytes, Voice } from "./conversation.ts";
import { H1FarEnd } from "./h1-far-end.ts";
import { H2FarEnd } from "./h2-far-end.ts";
import { MemorySocket, type Move, type NearEvents } from "./memory-socket.ts";

export type Version = "http1" | "h2";
type FarPeer = H1FarEnd | H2FarEnd;

export class TunnelWorld implements AsyncDisposable {
  readonly #target: Version;
  readonly #client: Version;
  readonly #clock = new FakeClock();
  #proxy!: TestProxy;
  #adopt!: Adopt;
  #random: Random = createRandom([1, 2, 3, 4]);
  #sockets: MemorySocket[] = [];
  #peers: FarPeer[] = [];
  #voices: Voice[] = [];
  #mostBytes = 0;
  #cuts = 0;
  /** In place of WebSockets. */
  #areCalls = false;

  private constructor(client: Version, target: Version) {
    this.#client = client;
    this.#target = target;
  }

  /** `Bun.connect` must lead to its `connect` while it lives. */
  static async start(client: Version, target: Version): Promise<TunnelWorld> {
    const world = new TunnelWorld(client, target);
    const yaml = `
settings: { limits: { min_rate: off }, timeouts: { head: 10h, body: 10h, connect: 10h, response: 10h, idle: 10h, keep_alive: 10h } }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:1"], protocol: ${target} }]
`;
    world.#proxy = await startTestProxy(yaml, { timers: world.#clock.timers }, (_, adopt) => {
      world.#adopt = adopt;
      return ok({ address: "127.0.0.1:1", port: 1, share() {}, acceptWaiting() {}, close() {} });
    });
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
  }

  /** In place of `Bun.connect`. */
  connect(options: { readonly socket: NearEvents }): Promise<void> {
    const socket = this.#socket(options.socket);
    const makeVoice = () => this.#makeVoice();
    this.#peers.push(
      this.#target === "h2"
        ? new H2FarEnd(socket, this.#random, 0, makeVoice, this.#areCalls)
        : new H1FarEnd(socket, this.#random, false, makeVoice),
    );
    return Promise.resolve();
  }

  /** One case; what went wrong, and behind it how far everybody came. */
  async play(seed: number): Promise<string[]> {
    this.#begin(seed);
    await this.#playOn();
    const faults = this.#faults();
    for (const peer of this.#peers) peer.finish();
    await this.#playOn();
    if (faults.length === 0) faults.push(...this.#leftovers());
    // What is left are idle connections of the pool.
    for (const socket of this.#sockets) socket.farReset();
    await this.#playOn();
    if (faults.length === 0) return [];
    return [`seed ${seed}`, ...faults, ...this.#voices.map((each) => each.describe())];
  }

  #begin(seed: number): void {
    this.#random = createRandom([seed, 2, 3, 4]);
    // Seeds side by side make numbers that are alike at first.
    for (let left = 20; left > 0; left--) this.#random.nextUint32();
    this.#sockets = [];
    this.#peers = [];
    this.#voices = [];
    this.#mostBytes = [3_000, 30_000, 200_000][this.#below(3)]!;
    this.#cuts = this.#below(3) === 0 ? 1 + this.#below(3) : 0;
    this.#areCalls = this.#client === "h2" && this.#target === "h2" && this.#below(3) === 0;
    const events = socketEvents(this.#adopt) as unknown as NearEvents;
    for (let clients = 1 + this.#below(3); clients > 0; clients--) this.#addClient(events);
  }

  #addClient(events: NearEvents): void {
    const makeVoice = () => this.#makeVoice();
    const socket = this.#socket(events);
    const client =
      this.#client === "h2"
        ? new H2FarEnd(socket, this.#random, 1 + this.#below(4), makeVoice, this.#areCalls)
        : new H1FarEnd(socket, this.#random, true, makeVoice);
    this.#peers.push(client);
  }

  async #playOn(): Promise<void> {
    for (;;) {
      const moves = this.#moves();
      if (moves.length > 0) {
        moves[this.#below(moves.length)]!();
        this.#disturb();
        this.#clock.advance(this.#below(20));
        if (this.#below(3) === 0) await turn();
      } else if (this.#peers.some(({ reads }) => !reads)) for (const peer of this.#peers) peer.reads = true;
      else if (await this.#isStill()) return;
    }
  }

  #disturb(): void {
    if (this.#below(10) === 0) {
      const peer = this.#peers[this.#below(this.#peers.length)]!;
      peer.reads = !peer.reads;
    }
    if (this.#cuts === 0 || this.#below(300) > 0) return;
    this.#cuts--;
    this.#peers[this.#below(this.#peers.length)]!.cut();
  }

  /** Some of what the proxy does waits for the end of a turn, or a millisecond. */
  async #isStill(): Promise<boolean> {
    for (let left = 3; left > 0; left--) await turn();
    if (this.#moves().length > 0) return false;
    await Bun.sleep(3);
    return this.#moves().length === 0;
  }

  #moves(): Move[] {
    const moves: Move[] = [];
    for (const socket of this.#sockets) socket.addMoves(moves);
    for (const peer of this.#peers) peer.addMoves(moves);
    return moves;
  }

  #faults(): string[] {
    const wasCut = this.#voices.some(({ wasCutByUs }) => wasCutByUs);
    const faults: string[] = [];
    for (const { fault } of this.#peers) if (fault !== null) faults.push(fault);
    for (const voice of this.#voices) {
      if (voice.fault !== null) faults.push(`${voice.number}: ${voice.fault}`);
      else if (!voice.isDone) faults.push(`${voice.number} stands still`);
      else if (voice.cut && !wasCut) faults.push(`${voice.number} was cut`);
    }
    return faults;
  }

  #leftovers(): string[] {
    const { listeners, targets } = this.#proxy.running.census();
    const open = listeners.filter(({ connections, unsentBytes }) => connections + unsentBytes !== 0);
    const used = targets.filter(({ active, connections, idle }) => active !== 0 || connections !== idle);
    return [...open, ...used].map((each) => `left over: ${JSON.stringify(each)}`);
  }

  #socket(events: NearEvents): MemorySocket {
    const capacityBytes = [50, 2_000, 30_000, 300_000][this.#below(4)]!;
    const socket = new MemorySocket(events, this.#random, capacityBytes);
    this.#sockets.push(socket);
    return socket;
  }

  #makeVoice(): Voice {
    return new Voice(this.#voices, someBytes(this.#random, this.#mostBytes));
  }

  #below(limit: number): number {
    return randomBelow(this.#random, limit);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
