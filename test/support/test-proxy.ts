/**
 * A proxy in this process, from a configuration written in the test. Listeners are given as `127.0.0.1:0`; their
 * ports come back by name. Failures that the proxy logs, and every record, are kept for the test to look at.
 */
import type { Result } from "../../src/base/result.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import type { Configuration } from "../../src/config/model.ts";
import { type ExchangeRecord, keptRecord } from "../../src/observe/exchange-record.ts";
import type { Environment } from "../../src/runtime/environment.ts";
import {
  type OpenListener,
  type ReloadReport,
  type RunningProxy,
  type StartFailure,
  startProxy,
} from "../../src/runtime/start.ts";
import { eventually } from "./eventually.ts";

export interface LoggedEvent {
  readonly event: string;
  readonly error?: string;
  readonly rule?: string;
  readonly cause?: string;
  readonly [key: string]: unknown;
}

export class TestProxy implements AsyncDisposable {
  readonly events: LoggedEvent[];
  /** Of every exchange and tunnel that has ended, successes included. */
  readonly records: ExchangeRecord[];
  readonly #running: RunningProxy;

  constructor(running: RunningProxy, events: LoggedEvent[], records: ExchangeRecord[]) {
    this.#running = running;
    this.events = events;
    this.records = records;
  }

  get running(): RunningProxy {
    return this.#running;
  }

  /** The port of a listener, the first one by default. */
  port(name?: string): number {
    const listener = this.#running.listeners.find((each) => name === undefined || each.name === name);
    return Number(listener!.address.slice(listener!.address.lastIndexOf(":") + 1));
  }

  /** The error codes logged so far, with rules: `upstream.malformed/bareLf`. */
  get failures(): string[] {
    return this.events
      .filter(({ event }) => event === "failure")
      .map(({ error, rule }) => (rule === undefined ? `${error}` : `${error}/${rule}`));
  }

  /** As `RunningProxy.reload`, from YAML. */
  reload(yaml: string, open?: OpenListener): Promise<Result<ReloadReport, StartFailure[]>> {
    return this.#running.reload(configurationOf(yaml), open);
  }

  /** A reload that must succeed. */
  async reloaded(yaml: string): Promise<ReloadReport> {
    const report = await this.reload(yaml);
    if (!report.ok) throw new Error(JSON.stringify(report.error, null, 2));
    return report.value;
  }

  /** The record at this place, waiting for it. */
  async record(index: number): Promise<ExchangeRecord> {
    await eventually(() => this.records.length > index, `${index + 1} records`);
    return this.records[index]!;
  }

  /** Begins a drain, and resolves once nothing new is accepted. */
  async drain(deadlineMs?: number): Promise<{ readonly over: Promise<void> }> {
    const { promise: begun, resolve: onBegun } = Promise.withResolvers<void>();
    const over = this.#running.drain(deadlineMs, { onBegun });
    await begun;
    return { over };
  }

  /** Resolves once nothing is under way: no client's connection, no exchange, nothing in the pools but idle ones. */
  async quiet(): Promise<void> {
    await eventually(() => this.#leftovers() === "", "nothing left").catch(() => {
      throw new Error(`left over: ${this.#leftovers()}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.stopNow();
    await this.#running.done;
  }

  #leftovers(): string {
    const { listeners, targets } = this.#running.census();
    return [
      ...listeners.filter(({ connections }) => connections !== 0),
      ...targets.filter(
        ({ active, connections, connecting, idle }) =>
          active !== 0 || connecting !== 0 || connections !== idle,
      ),
    ]
      .map((each) => JSON.stringify(each))
      .join(", ");
  }
}

function configurationOf(yaml: string): Configuration {
  const loaded = parseConfiguration("test.yaml", yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 2));
  return loaded.value.configuration;
}

/**
 * @param environment what the proxy gets in place of the machine's own
 * @param listen who opens its listeners
 */
export async function startTestProxy(
  yaml: string,
  environment: Partial<Environment> = {},
  listen?: OpenListener,
): Promise<TestProxy> {
  const events: LoggedEvent[] = [];
  const records: ExchangeRecord[] = [];
  const started = await startProxy(configurationOf(yaml), {
    log: (event) => events.push(event as LoggedEvent),
    environment: {
      observer: { wantsAll: true, record: (each) => records.push(keptRecord(each)) },
      ...environment,
    },
    ...(listen === undefined ? {} : { listen }),
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error, null, 2));
  return new TestProxy(started.value, events, records);
}

/** One HTTP listener `web` with everything going to `target`; `settings` is YAML in flow style. */
export function proxyTo(
  target: string,
  settings = "{}",
  environment: Partial<Environment> = {},
): Promise<TestProxy> {
  const yaml = `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${target}"] }
`;
  return startTestProxy(yaml, environment);
}
