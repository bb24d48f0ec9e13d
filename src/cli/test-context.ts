/** A world for the tests of commands: nothing is printed or started, everything is kept. */
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration } from "../config/model.ts";
import { localSharedMemory, type SharedMemory } from "../io/shared-memory.ts";
import type { RecentReport } from "../observe/recent-requests.ts";
import type { Census, ReloadReport, RunningProxy, StartFailure } from "../runtime/start.ts";
import { servedHere } from "../supervisor/supervise.ts";
import type { CliContext, Environment, Signal } from "./context.ts";

export class TestContext implements CliContext {
  readonly environment: Environment;
  readonly started: { configuration: Configuration }[] = [];
  readonly logged: object[] = [];
  readonly isTerminal = false;
  printed = "";
  complained = "";
  /** What the next start gives. */
  start: Result<RunningProxy, StartFailure[]> = ok(new FakeProxy());
  readonly #handlers = new Map<Signal, Set<() => void>>();
  #whenWatched = Promise.withResolvers<void>();

  constructor(environment: Environment = {}) {
    this.environment = environment;
  }

  readonly out = (text: string): void => {
    this.printed += text;
  };

  readonly err = (text: string): void => {
    this.complained += text;
  };

  readonly log = (line: object): void => {
    this.logged.push(line);
  };

  readonly startProxy = async (configuration: Configuration) => {
    this.started.push({ configuration });
    return this.start;
  };

  readonly supervise = () => ({
    start: async (configuration: Configuration) => servedHere(await this.startProxy(configuration)),
    abandon: () => {},
  });

  readonly onSignal = (signal: Signal, callback: () => void): (() => void) => {
    const handlers = this.#handlers.get(signal) ?? new Set();
    this.#handlers.set(signal, handlers.add(callback));
    this.#whenWatched.resolve();
    return () => void handlers.delete(callback);
  };

  /** Resolves once the command minds signals. */
  get watched(): Promise<void> {
    return this.#whenWatched.promise;
  }

  signal(signal: Signal): void {
    for (const handler of this.#handlers.get(signal) ?? []) handler();
  }

  get handlerCount(): number {
    return [...this.#handlers.values()].reduce((count, handlers) => count + handlers.size, 0);
  }
}

/** Drains when it is told that it has drained. */
export class FakeProxy implements RunningProxy {
  reopened = 0;
  readonly listeners = [{ name: "web", address: "127.0.0.1:5000" }];
  readonly drains: (number | undefined)[] = [];
  isStopped = false;
  readonly #drained = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly done = this.#done.promise;

  readonly connectionCount = 0;

  census(): Census {
    return { listeners: [], targets: [], certificates: [] };
  }

  connections(): [] {
    return [];
  }

  setDrained(): void {}

  setChecked(): void {}

  setTargets(): void {}

  requests(): RecentReport {
    return { requests: [], skipped: 0 };
  }

  countReload(): void {}

  countOrder(): void {}

  counted(): SharedMemory {
    return localSharedMemory(0);
  }

  async reload(): Promise<Result<ReloadReport, StartFailure[]>> {
    return err([]);
  }

  drain(deadlineMs?: number): Promise<void> {
    this.drains.push(deadlineMs);
    return this.#drained.promise;
  }

  finishDraining(): void {
    this.#drained.resolve();
  }

  reopenLogs(): void {
    this.reopened++;
  }

  stopNow(): void {
    this.isStopped = true;
    this.#done.resolve();
  }

  fail(error: Error): void {
    this.#done.reject(error);
  }
}
