/**
 * A proxy in a process of its own, so that its memory can be told from that of its peers. Started from YAML like
 * `startTestProxy`; asked for its size and its census over IPC. Run as a program, this file is that process.
 */
import { heapStats } from "bun:jsc";
import { parseConfiguration } from "../../src/config/load.ts";
import { realClock } from "../../src/io/real-clock.ts";
import { intervalTicker, TimerWheel } from "../../src/io/timer-wheel.ts";
import { type Census, startProxy } from "../../src/runtime/start.ts";

export interface ProxySize {
  readonly rssBytes: number;
  /** Of the garbage-collected heap. */
  readonly heapBytes: number;
  readonly objects: number;
  /** Of the processor, in all, the runtime's own threads included. */
  readonly cpuMs: number;
  /** Members of the timer wheel. */
  readonly deadlines: number;
  /** What the proxy logged as a mistake of its own. */
  readonly mistakes: readonly object[];
  readonly census: Census;
}

export class ProxyProcess implements AsyncDisposable {
  /** Of the listeners, in their order. */
  readonly ports: readonly number[];
  /** The largest size seen by `watchPeak` so far. */
  peakBytes = 0;
  readonly #child: Bun.Subprocess;
  readonly #answers: ((size: ProxySize) => void)[];
  readonly #reloads: ((outcome: number | string) => void)[];

  private constructor(
    ports: readonly number[],
    child: Bun.Subprocess,
    answers: ((size: ProxySize) => void)[],
    reloads: ((outcome: number | string) => void)[],
  ) {
    this.ports = ports;
    this.#child = child;
    this.#answers = answers;
    this.#reloads = reloads;
  }

  static async start(yaml: string): Promise<ProxyProcess> {
    const started = Promise.withResolvers<readonly number[]>();
    const answers: ((size: ProxySize) => void)[] = [];
    const reloads: ((outcome: number | string) => void)[] = [];
    const child = Bun.spawn([process.execPath, import.meta.path], {
      env: { ...process.env, PORTWARD_TEST_YAML: yaml },
      stdout: "inherit",
      stderr: "inherit",
      serialization: "json",
      ipc(message: { ports: number[] } | { reloaded: number | string } | ProxySize) {
        if ("ports" in message) started.resolve(message.ports);
        else if ("reloaded" in message) reloads.shift()?.(message.reloaded);
        else answers.shift()?.(message);
      },
    });
    child.exited.then((code) => started.reject(new Error(`the proxy ended with ${code}`)));
    return new ProxyProcess(await started.promise, child, answers, reloads);
  }

  /** Of the first listener. */
  get port(): number {
    return this.ports[0]!;
  }

  /** @param collect garbage first, so that what is counted is in use */
  size(collect = false): Promise<ProxySize> {
    const { promise, resolve } = Promise.withResolvers<ProxySize>();
    this.#answers.push(resolve);
    this.#child.send(collect ? "collect" : "size");
    return promise;
  }

  /** How long it took in ms, or why it did not happen. */
  reload(yaml: string): Promise<number | string> {
    const { promise, resolve } = Promise.withResolvers<number | string>();
    this.#reloads.push(resolve);
    this.#child.send({ reload: yaml });
    return promise;
  }

  /** Asks for the size again and again until disposed. */
  watchPeak(): Disposable {
    const timer = setInterval(async () => {
      this.peakBytes = Math.max(this.peakBytes, (await this.size()).rssBytes);
    }, 50);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

if (import.meta.main) {
  const { PORTWARD_TEST_YAML: yaml } = process.env;
  const loaded = parseConfiguration("test.yaml", yaml!);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const mistakes: object[] = [];
  const timers = new TimerWheel(realClock, intervalTicker());
  const started = await startProxy(loaded.value.configuration, {
    log: (event) => {
      if ("event" in event && event.event === "internal") mistakes.push(event);
    },
    environment: { timers },
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const proxy = started.value;
  const reload = async (text: string): Promise<number | string> => {
    const next = parseConfiguration("test.yaml", text);
    if (!next.ok) return JSON.stringify(next.error);
    const reloaded = await proxy.reload(next.value.configuration);
    return reloaded.ok ? reloaded.value.tookMs : JSON.stringify(reloaded.error);
  };
  process.on("message", async (message: "size" | "collect" | { reload: string }) => {
    if (typeof message === "object") {
      process.send!({ reloaded: await reload(message.reload) });
      return;
    }
    if (message === "collect") Bun.gc(true);
    const { heapSize, objectCount } = heapStats();
    const { user, system } = process.cpuUsage();
    const size: ProxySize = {
      rssBytes: process.memoryUsage.rss(),
      heapBytes: heapSize,
      objects: objectCount,
      cpuMs: (user + system) / 1000,
      deadlines: timers.size,
      mistakes,
      census: proxy.census(),
    };
    process.send!(size);
  });
  process.on("disconnect", () => process.exit(0));
  process.send!({ ports: proxy.listeners.map(({ address }) => Number(/\d+$/.exec(address)![0])) });
}
