/**
 * A proxy in a process of its own, so that its memory can be told from that of its peers. Started from YAML like
 * `startTestProxy`; asked for its size and its census over IPC. Run as a program, this file is that process.
 */
import { parseConfiguration } from "../../src/config/load.ts";
import { type Census, startProxy } from "../../src/runtime/start.ts";

export interface ProxySize {
  readonly rssBytes: number;
  readonly census: Census;
}

export class ProxyProcess implements AsyncDisposable {
  readonly port: number;
  /** The largest size seen by `watchPeak` so far. */
  peakBytes = 0;
  readonly #child: Bun.Subprocess;
  readonly #answers: ((size: ProxySize) => void)[];

  private constructor(port: number, child: Bun.Subprocess, answers: ((size: ProxySize) => void)[]) {
    this.port = port;
    this.#child = child;
    this.#answers = answers;
  }

  /** The first listener must be on port 0. */
  static async start(yaml: string): Promise<ProxyProcess> {
    const started = Promise.withResolvers<number>();
    const answers: ((size: ProxySize) => void)[] = [];
    const child = Bun.spawn([process.execPath, import.meta.path], {
      env: { ...process.env, PORTWARD_TEST_YAML: yaml },
      stdout: "inherit",
      stderr: "inherit",
      serialization: "json",
      ipc(message: { port: number } | ProxySize) {
        if ("port" in message) started.resolve(message.port);
        else answers.shift()?.(message);
      },
    });
    child.exited.then((code) => started.reject(new Error(`the proxy ended with ${code}`)));
    return new ProxyProcess(await started.promise, child, answers);
  }

  size(): Promise<ProxySize> {
    const { promise, resolve } = Promise.withResolvers<ProxySize>();
    this.#answers.push(resolve);
    this.#child.send("size");
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
  const started = await startProxy(loaded.value.configuration, { adminAddress: null, log: () => undefined });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const proxy = started.value;
  process.on("message", () =>
    process.send!({ rssBytes: process.memoryUsage.rss(), census: proxy.census() } satisfies ProxySize),
  );
  process.on("disconnect", () => process.exit(0));
  process.send!({ port: Number(/\d+$/.exec(proxy.listeners[0]!.address)![0]) });
}
