/** A proxy in this process whose upstream's targets are found while it runs. */
import { parseConfiguration } from "../../src/config/load.ts";
import { startProxy } from "../../src/runtime/start.ts";
import { withDiscovery } from "../../src/supervisor/discovering.ts";
import { type Served, servedHere } from "../../src/supervisor/supervise.ts";
import { eventually } from "../support/eventually.ts";

export interface LogLine {
  readonly event: string;
  readonly [key: string]: unknown;
}

export class DiscoveredProxy implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly #supervision = withDiscovery(
    {
      start: async (configuration) => servedHere(await startProxy(configuration, { log: this.#log })),
      abandon() {},
    },
    (line) => this.#log(line),
  );
  #served!: Served;

  /** @param discover of the one upstream, and the settings, as YAML in flow style */
  static async start(discover: string, settings = "{}"): Promise<DiscoveredProxy> {
    const proxy = new DiscoveredProxy();
    const started = await proxy.#supervision.start(configurationFor(discover, settings));
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    proxy.#served = started.value;
    return proxy;
  }

  get port(): number {
    return Number(this.#served.listeners[0]!.address.split(":").at(-1));
  }

  get source() {
    return this.#served.sources()[0]!;
  }

  /** What answers, or the code of the failure. */
  async ask(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/`);
    const text = await answer.text();
    return text.startsWith("{") ? JSON.parse(text).code : text;
  }

  /** Asks until everybody of these has answered, and nobody else in twenty answers. */
  async reaches(...names: readonly string[]): Promise<void> {
    let seen = new Set<string>();
    let done = false;
    const look = async () => {
      while (!done) {
        const answers = [];
        for (let i = 0; i < 20; i++) answers.push(await this.ask());
        seen = new Set(answers);
        await Bun.sleep(10);
      }
    };
    const looking = look();
    try {
      await eventually(() => Bun.deepEquals([...seen].sort(), [...names].sort()), `answers of ${names}`);
    } finally {
      done = true;
      await looking;
    }
  }

  async logged(event: string): Promise<LogLine> {
    await eventually(() => this.lines.some((line) => line.event === event), event);
    return this.lines.find((line) => line.event === event)!;
  }

  async reload(discover: string): Promise<void> {
    const reloaded = await this.#served.reload(configurationFor(discover));
    if (!reloaded.ok) throw new Error(JSON.stringify(reloaded.error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#served.stopNow();
    await this.#served.done;
  }

  readonly #log = (line: object): void => {
    this.lines.push(line as LogLine);
  };
}

function configurationFor(discover: string, settings = "{}") {
  const loaded = parseConfiguration(
    "test.yaml",
    `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { balance: round_robin, discover: ${discover} } }
routes: [{ listen: web, path: /, upstream: api }]
`,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.configuration;
}

/** An upstream that answers with its name. */
export function named(
  name: string,
  hostname = "127.0.0.1",
  port = 0,
): Disposable & { readonly target: string; readonly port: number } {
  const server = Bun.serve({ hostname, port, fetch: () => new Response(name) });
  return {
    target: `${hostname}:${server.port}`,
    port: server.port!,
    [Symbol.dispose]: () => void server.stop(true),
  };
}
