/**
 * The checks of all targets, run once for a machine and not once for each process that serves. Targets come and go
 * by key; one that stays keeps what is known of it, also when its check is another from now on.
 */
import type { Timers } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { ClientTls } from "../../io/client-tls.ts";
import type { ConnectAddress } from "../../io/connect.ts";
import type { Resolver } from "../../io/resolver.ts";
import { type TargetAddress, targetName } from "../target.ts";
import type { CheckSpec } from "./check.ts";
import { type CheckState, type CheckTiming, TargetChecker } from "./target-checker.ts";

export interface CheckedTarget {
  /** Of the target in its upstream; the same from one configuration to the next. */
  readonly key: string;
  readonly address: TargetAddress;
  /** Null: in the clear. */
  readonly tls: ClientTls | null;
  /** Where it is looked at, if not where requests go. */
  readonly port: number | null;
  readonly spec: CheckSpec;
  readonly timing: CheckTiming;
}

export interface HealthTools {
  readonly timers: Timers;
  readonly random: Random;
  readonly resolver: Resolver;
}

interface Entry {
  readonly target: CheckedTarget;
  readonly checker: TargetChecker;
}

export class HealthChecker {
  readonly #tools: HealthTools;
  readonly #onChange: (key: string, state: CheckState) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(tools: HealthTools, onChange: (key: string, state: CheckState) => void) {
    this.#tools = tools;
    this.#onChange = onChange;
  }

  /** Null for a target that is not looked at. */
  stateOf(key: string): CheckState | null {
    return this.#entries.get(key)?.checker.state ?? null;
  }

  /** These are looked at from now on. */
  use(targets: readonly CheckedTarget[]): void {
    const wanted = new Map(targets.map((target) => [target.key, target]));
    for (const [key, { target }] of this.#entries) if (!wanted.has(key)) this.#drop(key, target);
    for (const target of wanted.values()) this.#keep(target);
  }

  close(): void {
    this.use([]);
  }

  #keep(target: CheckedTarget): void {
    const known = this.#entries.get(target.key);
    if (known !== undefined && isSame(known.target, target)) return;
    if (known !== undefined) this.#drop(target.key, known.target);
    const checker = this.#checkerOf(target, known?.checker.state ?? null);
    this.#entries.set(target.key, { target, checker });
    checker.start();
  }

  #drop(key: string, { address }: CheckedTarget): void {
    this.#entries.get(key)!.checker.stop();
    this.#entries.delete(key);
    if (address.kind === "tcp") this.#tools.resolver.unwatch(address.host);
  }

  #checkerOf(
    { key, address, tls, port, spec, timing }: CheckedTarget,
    state: CheckState | null,
  ): TargetChecker {
    const { timers, random, resolver } = this.#tools;
    const watched = address.kind === "tcp" ? resolver.watch(address.host) : null;
    const addresses = (): readonly ConnectAddress[] =>
      address.kind === "unix"
        ? [address]
        : watched!.addresses.map((ip) => ({ kind: "tcp", ip, port: port ?? address.port, tls }));
    const onChange = (changed: CheckState) => this.#onChange(key, changed);
    // As it stands in a Host.
    const name = targetName(address).replace(/^tls:\/\//, "");
    return new TargetChecker({ name, spec, timing, addresses, timers, random, onChange }, state);
  }
}

function isSame(a: CheckedTarget, b: CheckedTarget): boolean {
  const words = ({ tls, ...rest }: CheckedTarget) => JSON.stringify([rest, tls?.key, tls?.serverName]);
  return words(a) === words(b);
}
