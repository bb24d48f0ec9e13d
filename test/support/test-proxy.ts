/**
 * A proxy in this process, from a configuration written in the test. Listeners are given as `127.0.0.1:0`; their
 * ports come back by name. Failures that the proxy records are kept for the test to look at.
 */
import { parseConfiguration } from "../../src/config/load.ts";
import { type RunningProxy, startProxy } from "../../src/runtime/start.ts";

export interface LoggedEvent {
  readonly event: string;
  readonly error?: string;
  readonly rule?: string;
  readonly cause?: string;
  readonly [key: string]: unknown;
}

export class TestProxy implements AsyncDisposable {
  readonly events: LoggedEvent[];
  readonly #running: RunningProxy;

  constructor(running: RunningProxy, events: LoggedEvent[]) {
    this.#running = running;
    this.events = events;
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.stopNow();
    await this.#running.done;
  }
}

export async function startTestProxy(yaml: string): Promise<TestProxy> {
  const loaded = parseConfiguration("test.yaml", yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 2));
  const events: LoggedEvent[] = [];
  const started = await startProxy(loaded.value.configuration, {
    adminAddress: null,
    log: (event) => events.push(event as LoggedEvent),
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error, null, 2));
  return new TestProxy(started.value, events);
}

/** One HTTP listener `web` with everything going to `target`; `settings` is YAML in flow style. */
export function proxyTo(target: string, settings = "{}"): Promise<TestProxy> {
  return startTestProxy(`
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${target}"] }
`);
}
