/**
 * What a fault needs: a proxy whose time the test moves, an upstream that does as it is told, a second one that
 * is always well, and the questions that are asked after every fault, whatever it was.
 */
import { expect } from "bun:test";
import type { ErrorCode } from "../../../src/base/proxy-error.ts";
import type { ExchangeRecord } from "../../../src/observe/exchange-record.ts";
import type { Environment } from "../../../src/runtime/environment.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { HealthyUpstream } from "../../support/healthy-upstream.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import { ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../../support/test-proxy.ts";

export interface SceneOptions {
  /** YAML in flow style. */
  readonly settings?: string;
  /** Of the route under test, beside its targets: YAML lines at the level of the route. */
  readonly route?: string;
  /** Instead of the scripted upstream. */
  readonly targets?: readonly string[];
  readonly environment?: Partial<Environment>;
}

export interface ExpectedFault {
  readonly code: ErrorCode;
  readonly rule?: string;
  readonly cause?: string;
  /** Of the answer that says the code; null: the client sees a break; `gone`: it has left before. */
  readonly status: number | null | "gone";
  /** Null when the fault comes before a target is chosen. */
  readonly target: string | null;
  readonly attempts: number;
  /** Of the proxy's clock, from the request's head to the end. */
  readonly elapsedMs: number;
}

export class FaultScene implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly upstream: ScriptedUpstream;
  readonly proxy: TestProxy;
  readonly #healthy: HealthyUpstream;
  readonly #clients: RawPeer[] = [];

  private constructor(
    clock: FakeClock,
    upstream: ScriptedUpstream,
    healthy: HealthyUpstream,
    proxy: TestProxy,
  ) {
    this.clock = clock;
    this.upstream = upstream;
    this.#healthy = healthy;
    this.proxy = proxy;
  }

  static async open(options: SceneOptions = {}): Promise<FaultScene> {
    const clock = new FakeClock();
    const upstream = await ScriptedUpstream.start();
    const healthy = await HealthyUpstream.start();
    const targets = options.targets ?? [upstream.target];
    const yaml = `
settings: ${options.settings ?? "{}"}
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - listen: web
    path: /
    targets: ${JSON.stringify(targets)}
    ${options.route ?? ""}
  - { listen: web, path: /healthy, targets: ["${healthy.target}"] }
  - { listen: web, path: /drained, targets: [{ host: 127.0.0.1, port: 1, weight: 0 }] }
`;
    // The logs' own timers say nothing about what is left of a fault.
    const slowTimers = new FakeClock().timers;
    const proxy = await startTestProxy(yaml, { timers: clock.timers, slowTimers, ...options.environment });
    return new FaultScene(clock, upstream, healthy, proxy);
  }

  async client(): Promise<RawPeer> {
    const client = await RawPeer.connect(this.proxy.port());
    this.#clients.push(client);
    return client;
  }

  /** A client that has sent this, and the target's end of the connection that it was passed on to. */
  async exchange(request: string = GET): Promise<{ client: RawPeer; target: RawPeer }> {
    const client = await this.client();
    client.send(request);
    const target = await this.upstream.accept();
    await target.until(HEAD_END);
    return { client, target };
  }

  /** All that was sent to the proxy so far has been read by it: a whole request has come and gone since. */
  async settle(): Promise<void> {
    using other = await RawPeer.connect(this.proxy.port());
    other.send("GET /healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    if (!(await other.untilEnd()).endsWith("healthy")) throw new Error(`unwell: ${other.received}`);
  }

  get faults(): readonly ExchangeRecord[] {
    return this.proxy.records.filter(({ error }) => error !== null);
  }

  /** The first fault's record says what it must, and the client was told the same. */
  async expectFault(client: RawPeer, expected: ExpectedFault): Promise<void> {
    await eventually(() => this.faults.length > 0, "a fault");
    const { error, ...record } = this.faults[0]!;
    expect({
      code: error?.code,
      rule: error?.rule,
      status: record.status,
      target: record.target,
      attempts: record.attempts,
      elapsedMs: record.totalMs,
    }).toEqual({
      code: expected.code,
      rule: expected.rule ?? null,
      status: typeof expected.status === "number" ? expected.status : record.status,
      target: expected.target,
      attempts: expected.attempts,
      elapsedMs: expected.elapsedMs,
    } as never);
    if (expected.cause !== undefined) expect(error?.cause).toBe(expected.cause);
    if (expected.status === "gone") return;
    if (expected.status === null) expect(await brokenFor(client)).toBe(true);
    else await expectAnswer(client, expected, expected.status, record.requestId);
  }

  /** The proxy serves on, and nothing of the fault is left: no connection, no count, no timer. */
  async expectNothingLeft(): Promise<void> {
    await this.settle();
    for (const client of this.#clients) client.socket.destroy();
    await this.proxy.quiet();
    // Failures are counted for ten seconds, so that an outage is told in a few lines.
    this.clock.advance(10_100);
    const idle = this.proxy.running.census().targets.reduce((sum, target) => sum + target.idle, 0);
    expect(this.clock.timers.size).toBe(idle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.proxy[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
    await this.#healthy[Symbol.asyncDispose]();
  }
}

/** Whether the client's connection ended in a way that cannot be taken for the end of an answer. */
async function brokenFor(client: RawPeer): Promise<boolean> {
  client.socket.resume();
  return (await client.closed).reset;
}

async function expectAnswer(
  client: RawPeer,
  expected: ExpectedFault,
  status: number,
  requestId: string | null,
): Promise<void> {
  const received = await client.until(/\}$/);
  const answer = received.slice(received.lastIndexOf("HTTP/1.1 "));
  expect(answer).toStartWith(`HTTP/1.1 ${status} `);
  const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
  if (expected.code === "route.not_found") expect(body).toEqual({ detail: "not found" });
  else {
    const { detail, ...rest } = body;
    expect(detail).toBeString();
    const rule = expected.rule === undefined ? {} : { rule: expected.rule };
    expect(rest).toEqual({ code: expected.code, ...rule, request_id: requestId });
  }
}

export const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
export const HEAD_END: RegExp = /\r\n\r\n/;
