/**
 * The listening sockets and what accepts on them. A reload finds its listeners by their addresses: a socket that
 * is configured before and after is never closed, whatever else about its listener changes.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { ListenerModel } from "../config/model.ts";
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { Services } from "../exchange/snapshot.ts";
import { type ListenFailure, type ListenSocket, listen } from "../io/listen.ts";
import type { Adopt } from "../io/socket-events.ts";
import { type Acceptor, createAcceptor, renewAcceptor } from "./acceptor.ts";
import type { CompiledListener } from "./compile-listeners.ts";
import { Draining } from "./draining.ts";
import { bindFailure, type StartFailure } from "./failures.ts";
import type { ListenerChanges } from "./reload-report.ts";
import { listenerKey } from "./upstream-keys.ts";

/**
 * How a listener's sockets come to be.
 * @param besideShared on a port where others of ours listen, which are shared and about to go
 */
export type OpenListener = (
  model: ListenerModel,
  adopt: Adopt,
  besideShared: boolean,
) => Result<ListenSocket, ListenFailure>;

export const openHere: OpenListener = ({ address }, adopt, besideShared) =>
  listen(address, adopt, besideShared);

export interface ListenerCensus {
  readonly name: string;
  readonly connections: number;
  /** Held for clients that do not take them. */
  readonly unsentBytes: number;
  /** No longer configured: what was under way goes on for a while. */
  readonly leaving: boolean;
}

interface Entry {
  model: ListenerModel;
  acceptor: Acceptor;
  readonly socket: ListenSocket;
}

export class ListenerSet {
  readonly #services: Services;
  /** By `listenerKey`. */
  #entries: ReadonlyMap<string, Entry> = new Map();
  readonly #leaving = new Map<Draining, string>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** In the order of the configuration. */
  get addresses(): { name: string; address: string }[] {
    return [...this.#entries.values()].map(({ model, socket }) => ({
      name: model.name,
      address: socket.address,
    }));
  }

  /** Of all listeners, those included that are about to go. */
  get connectionCount(): number {
    let count = 0;
    for (const { acceptor } of this.#entries.values()) count += acceptor.connections;
    for (const { acceptors } of this.#leaving.keys()) for (const each of acceptors) count += each.connections;
    return count;
  }

  census(): ListenerCensus[] {
    const present = [...this.#entries.values()].map(({ model, acceptor }) =>
      censusOf(model.name, acceptor, false),
    );
    const leaving = [...this.#leaving].flatMap(([{ acceptors }, name]) =>
      [...acceptors].map((acceptor) => censusOf(name, acceptor, true)),
    );
    return [...present, ...leaving];
  }

  /** In the order in which they came. */
  connections(question: ConnectionsQuestion): ConnectionReport[] {
    const { listener, limit } = question;
    const present = [...this.#entries.values()].map(({ model, acceptor }) => [model.name, acceptor] as const);
    const leaving = [...this.#leaving].flatMap(([{ acceptors }, name]) =>
      [...acceptors].map((acceptor) => [name, acceptor] as const),
    );
    return [...present, ...leaving]
      .filter(([name]) => listener === null || name === listener)
      .flatMap(([, acceptor]) => acceptor.report(question))
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  /**
   * Opens what is new. Only when all of it is open does anything change, and then all of it does, within one event.
   * @param drainMs how long a listener that is no longer configured may take to finish
   */
  apply(
    compiled: readonly CompiledListener[],
    open: OpenListener,
    drainMs: number,
  ): Result<ListenerChanges, StartFailure[]> {
    const leaving = this.#without(compiled);
    for (const { socket } of leaving) socket.share(true);
    const opened = this.#open(compiled, open, leaving.length > 0);
    if (!opened.ok) for (const { socket } of leaving) socket.share(false);
    return opened.ok ? ok(this.#swap(compiled, opened.value, drainMs)) : opened;
  }

  /** Accepts no more; sessions are told that they are to end. */
  drain(drainMs: number): Draining {
    const acceptors = [...this.#entries.values()].map(({ acceptor }) => acceptor);
    for (const { socket } of this.#entries.values()) {
      socket.acceptWaiting();
      socket.close();
    }
    const leaving = [...this.#leaving.keys()].flatMap((each) => [...each.acceptors]);
    return new Draining([...acceptors, ...leaving], drainMs, this.#services.timers);
  }

  stopNow(): void {
    for (const { socket, acceptor } of this.#entries.values()) {
      socket.close();
      acceptor.cut();
    }
    for (const draining of this.#leaving.keys()) draining.expire();
  }

  /** Those that the configuration no longer has. What it has instead may be on the same port. */
  #without(compiled: readonly CompiledListener[]): Entry[] {
    const kept = new Set(compiled.map(({ model }) => listenerKey(model)));
    return [...this.#entries].filter(([key]) => !kept.has(key)).map(([, entry]) => entry);
  }

  #open(
    compiled: readonly CompiledListener[],
    open: OpenListener,
    besideShared: boolean,
  ): Result<ReadonlyMap<string, Entry>, StartFailure[]> {
    const failures: StartFailure[] = [];
    const opened = new Map<string, Entry>();
    for (const each of compiled) {
      const { model } = each;
      if (this.#entries.has(listenerKey(model))) continue;
      const entry = this.#bind(each, open, besideShared);
      if (entry.ok) opened.set(listenerKey(model), entry.value);
      else failures.push(bindFailure(model, entry.error));
    }
    if (failures.length === 0) return ok(opened);
    for (const { socket } of opened.values()) socket.close();
    return err(failures);
  }

  #bind(compiled: CompiledListener, open: OpenListener, besideShared: boolean): Result<Entry, string> {
    const { model } = compiled;
    let entry: Entry | null = null;
    const socket = open(model, (connection) => entry!.acceptor.accept(connection), besideShared);
    if (!socket.ok) return socket;
    entry = { model, acceptor: createAcceptor(compiled, this.#services), socket: socket.value };
    return ok(entry);
  }

  #swap(
    compiled: readonly CompiledListener[],
    opened: ReadonlyMap<string, Entry>,
    drainMs: number,
  ): ListenerChanges {
    const before = this.#entries;
    const after = new Map<string, Entry>();
    const renamed: string[] = [];
    const replaced: string[] = [];
    for (const each of compiled) {
      const key = listenerKey(each.model);
      const known = before.get(key);
      after.set(key, known ?? opened.get(key)!);
      if (known === undefined) continue;
      if (known.model.name !== each.model.name) renamed.push(each.model.name);
      if (!this.#renew(known, each, drainMs)) replaced.push(each.model.name);
    }
    this.#entries = after;
    const removed = [...before].filter(([key]) => !after.has(key)).map(([, entry]) => entry);
    for (const { model, acceptor, socket } of removed) {
      socket.acceptWaiting();
      socket.close();
      this.#retire(model.name, acceptor, drainMs);
    }
    return {
      added: [...opened.values()].map(({ model }) => model.name),
      removed: removed.map(({ model }) => model.name),
      renamed,
      replaced,
      kept: after.size - opened.size,
    };
  }

  /** Whether the acceptor stayed. */
  #renew(entry: Entry, compiled: CompiledListener, drainMs: number): boolean {
    entry.model = compiled.model;
    if (renewAcceptor(entry.acceptor, compiled)) return true;
    this.#retire(entry.model.name, entry.acceptor, drainMs);
    entry.acceptor = createAcceptor(compiled, this.#services);
    return false;
  }

  #retire(name: string, acceptor: Acceptor, drainMs: number): void {
    const draining = new Draining([acceptor], drainMs, this.#services.timers);
    this.#leaving.set(draining, name);
    void draining.done.then(() => this.#leaving.delete(draining));
  }
}

function censusOf(name: string, { connections, unsentBytes }: Acceptor, leaving: boolean): ListenerCensus {
  return { name, connections, unsentBytes: unsentBytes ?? 0, leaving };
}
