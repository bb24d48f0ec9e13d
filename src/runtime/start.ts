/**
 * From a configuration to a running proxy: compiles everything, binds everything, and only then accepts. When any
 * of it fails, all of it is undone and the failures are told.
 */

import { err, ok, type Result } from "../base/result.ts";
import { compileHttp, tcpRouteOf } from "../compile/compile-snapshot.ts";
import type { Configuration, ListenerModel, Origin } from "../config/model.ts";
import { HttpListener } from "../downstream/http-listener.ts";
import { TcpListener } from "../downstream/tcp-listener.ts";
import type { Services } from "../exchange/snapshot.ts";
import { onInternalFault } from "../io/internal-fault.ts";
import { type ListenFailure, type ListenSocket, listen } from "../io/listen.ts";
import { refreshClock } from "../io/real-clock.ts";
import type { Adopt } from "../io/socket-events.ts";
import { createRequestIds } from "../pipeline/request-id.ts";
import { type AdminServer, startAdmin } from "./admin-address.ts";
import { type Environment, environmentFor } from "./environment.ts";
import { createExchangeLog, type ExchangeLog, type LogEvent } from "./log.ts";
import { type TargetCensus, UpstreamRegistry } from "./upstream-registry.ts";

export interface StartOptions {
  /** `HOST:PORT`, or null for none. */
  readonly adminAddress: string | null;
  readonly log: LogEvent;
  /** In place of the machine's own; for tests. */
  readonly environment?: Partial<Environment>;
  /** How a listener's sockets come to be. By default they are opened here, on its address. */
  readonly listen?: OpenListener;
}

export type OpenListener = (model: ListenerModel, adopt: Adopt) => Result<ListenSocket, ListenFailure>;

export interface StartFailure {
  readonly code: string;
  readonly message: string;
  readonly listener: string | null;
  readonly origin: Origin | null;
}

export interface RunningProxy {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** What is open and under way now. */
  census(): Census;
  /** Accepts nothing new and lets what runs finish, at most so long; then cuts the rest. */
  drain(deadlineMs?: number): Promise<void>;
  stopNow(): void;
  readonly done: Promise<void>;
}

export interface Census {
  readonly listeners: readonly ListenerCensus[];
  readonly targets: readonly TargetCensus[];
}

export interface ListenerCensus {
  readonly name: string;
  readonly connections: number;
  /** Held for clients that do not take them. */
  readonly unsentBytes: number;
}

/** What an accepting listener of either kind can do. */
interface Acceptor {
  readonly connections: number;
  readonly unsentBytes?: number;
  accept: HttpListener["accept"];
  drain(): void;
  cut(): void;
}

export async function startProxy(
  configuration: Configuration,
  options: StartOptions,
): Promise<Result<RunningProxy, StartFailure[]>> {
  const proxy = new Instance(configuration, options);
  const failures = await proxy.start();
  if (failures.length === 0) return ok(proxy);
  proxy.stopNow();
  return err(failures);
}

class Instance implements RunningProxy {
  readonly done: Promise<void>;
  readonly #configuration: Configuration;
  readonly #options: StartOptions;
  readonly #environment: Environment;
  readonly #registry: UpstreamRegistry;
  readonly #services: Services;
  readonly #exchangeLog: ExchangeLog;
  readonly #acceptors: { model: ListenerModel; acceptor: Acceptor; socket: ListenSocket | null }[] = [];
  readonly #resolve: () => void;
  #admin: AdminServer | null = null;

  constructor(configuration: Configuration, options: StartOptions) {
    const { settings } = configuration;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#configuration = configuration;
    this.#options = options;
    this.#environment = environmentFor(settings.dns, options.environment);
    const { timers, resolver, random, observer } = this.#environment;
    this.#registry = new UpstreamRegistry(resolver, timers, random);
    this.#exchangeLog = createExchangeLog(settings, options.log, timers.clock, observer);
    this.#services = { timers, requestIds: createRequestIds(random), observer: this.#exchangeLog };
    onInternalFault((error) =>
      options.log({ level: "error", event: "internal", message: error.message, stack: error.stack }),
    );
  }

  get listeners(): { name: string; address: string }[] {
    return this.#acceptors.map(({ model, socket }) => ({ name: model.name, address: socket!.address }));
  }

  census(): Census {
    return {
      listeners: this.#acceptors.map(({ model, acceptor }) => ({
        name: model.name,
        connections: acceptor.connections,
        unsentBytes: acceptor.unsentBytes ?? 0,
      })),
      targets: this.#registry.census(),
    };
  }

  async start(): Promise<StartFailure[]> {
    this.#registry.build(this.#configuration);
    const failures = this.#compile();
    if (failures.length > 0) return failures;
    await Promise.race([this.#registry.resolved(), Bun.sleep(FIRST_LOOKUP_MS)]);
    failures.push(...(await this.#openLog()), ...this.#bind());
    if (failures.length === 0 && this.#options.adminAddress !== null) failures.push(...this.#startAdmin());
    return failures;
  }

  async drain(deadlineMs: number = this.#configuration.settings.drainMs): Promise<void> {
    this.#admin?.notReady();
    for (const { acceptor, socket } of this.#acceptors) {
      socket?.close();
      acceptor.drain();
    }
    const endMs = refreshClock() + deadlineMs;
    while (this.#connections() > 0 && refreshClock() < endMs) await Bun.sleep(DRAIN_POLL_MS);
    this.stopNow();
    await this.#exchangeLog.close();
  }

  stopNow(): void {
    for (const { acceptor, socket } of this.#acceptors) {
      socket?.close();
      acceptor.cut();
    }
    this.#admin?.close();
    this.#registry.close();
    this.#environment.resolver.close();
    void this.#exchangeLog.close();
    this.#resolve();
  }

  #connections(): number {
    return this.#acceptors.reduce((sum, { acceptor }) => sum + acceptor.connections, 0);
  }

  #compile(): StartFailure[] {
    const failures: StartFailure[] = [];
    for (const model of this.#configuration.listeners) {
      const acceptor =
        model.protocol === "http" ? this.#httpAcceptor(model, failures) : this.#tcpAcceptor(model);
      if (acceptor !== null) this.#acceptors.push({ model, acceptor, socket: null });
    }
    return failures;
  }

  #httpAcceptor(model: ListenerModel, failures: StartFailure[]): Acceptor | null {
    const snapshot = compileHttp(this.#configuration, model, this.#registry.upstreams);
    if (snapshot.ok) return new HttpListener(Object.freeze(snapshot.value), this.#services);
    for (const { code, message, listener, route } of snapshot.error) {
      const origin = this.#configuration.routes.find(({ label }) => label === route)?.origin ?? model.origin;
      failures.push({ code, message, listener, origin });
    }
    return null;
  }

  #tcpAcceptor(model: ListenerModel): Acceptor | null {
    const route = tcpRouteOf(this.#configuration, model);
    if (route === null) return null;
    const { connectionsPerListener } = this.#configuration.settings.limits;
    return new TcpListener(
      model.name,
      route,
      connectionsPerListener,
      this.#registry.upstreams.get(route.upstream)!,
      this.#services,
    );
  }

  async #openLog(): Promise<StartFailure[]> {
    const { accessLog } = this.#configuration.settings;
    const cause = await this.#exchangeLog.open();
    if (cause === null || accessLog.kind !== "file") return [];
    const message = `\`settings.access_log\`: ${accessLog.path} cannot be opened: ${fileReason(cause)}`;
    return [{ code: "access_log.open", message, listener: null, origin: null }];
  }

  #bind(): StartFailure[] {
    const failures: StartFailure[] = [];
    const { listen: open = openHere } = this.#options;
    for (const entry of this.#acceptors) {
      const bound = open(entry.model, (connection) => entry.acceptor.accept(connection));
      if (bound.ok) entry.socket = bound.value;
      else failures.push(bindFailure(entry.model, bound.error));
    }
    return failures;
  }

  #startAdmin(): StartFailure[] {
    const admin = startAdmin(this.#options.adminAddress!);
    if (admin.ok) {
      this.#admin = admin.value;
      return [];
    }
    const message = `the admin address ${this.#options.adminAddress} cannot be opened: ${reason(admin.error)}; choose another with --admin, or --admin off`;
    return [{ code: "admin.bind", message, listener: null, origin: null }];
  }
}

const openHere: OpenListener = ({ address }, adopt) => listen(address, adopt);

/** @param cause the system's word */
export function bindFailure(model: ListenerModel, cause: string): StartFailure {
  const message = `listener '${model.name}' cannot be opened: ${reason(cause)}`;
  return { code: "listener.bind", message, listener: model.name, origin: model.origin };
}

function reason(cause: string): string {
  return `${REASONS[cause] ?? "the system refused"} (${cause})`;
}

function fileReason(cause: string): string {
  return `${FILE_REASONS[cause] ?? "the system refused"} (${cause})`;
}

const NO_FOLDER = "the folder does not exist";
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EACCES: "this user may not (ports below 1024 need a capability)",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOENT: NO_FOLDER,
};
const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EISDIR: "it is a folder",
  ENOENT: NO_FOLDER,
};
/** A name server that does not answer delays the start by this much, no more. */
const FIRST_LOOKUP_MS = 3_000;
const DRAIN_POLL_MS = 20;
