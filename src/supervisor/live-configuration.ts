/**
 * The configuration in force, and the one way to another: read, check, test, hand to whoever serves. What is wrong with
 * the new one is told, and changes nothing.
 */
import type { ReloadOutcome, ReloadTrigger } from "../admin/instance.ts";
import type { Result } from "../base/result.ts";
import type { Diagnostic, Finding } from "../config/diagnostics/diagnostic.ts";
import { renderOrigin } from "../config/diagnostics/render.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import type { Configuration } from "../config/model.ts";
import { realClock, refreshClock } from "../io/real-clock.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { StartFailure } from "../runtime/start.ts";
import type { ServiceManager } from "./service-manager.ts";

export interface LiveOptions {
  readonly load: () => Promise<Result<LoadedConfiguration, readonly Diagnostic[]>>;
  readonly put: (configuration: Configuration) => Promise<Result<unknown, readonly StartFailure[]>>;
  readonly manager: ServiceManager;
  readonly log: LogEvent;
  /** Hears of every reload, whatever came of it. */
  readonly count: (done: boolean) => void;
}

export class LiveConfiguration {
  loaded: LoadedConfiguration;
  inForceSinceMs: number;
  lastReload: ReloadOutcome;
  readonly #options: LiveOptions;
  #last: Promise<unknown> = Promise.resolve();

  /** @param loaded is in force already */
  constructor(loaded: LoadedConfiguration, startedMs: number, options: LiveOptions) {
    this.#options = options;
    this.loaded = loaded;
    this.inForceSinceMs = realClock.wallMs();
    this.lastReload = {
      atMs: this.inForceSinceMs,
      trigger: "start",
      done: true,
      tookMs: refreshClock() - startedMs,
      diagnostics: loaded.warnings,
    };
  }

  /** One after the other; never rejects. */
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    const next = this.#last.then(() => this.#reload(trigger));
    this.#last = next;
    return next;
  }

  async #reload(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    const atMs = realClock.wallMs();
    const startedMs = refreshClock();
    this.#options.manager.reloading();
    const [done, diagnostics] = await this.#attempt();
    this.#options.manager.ready();
    const outcome = { atMs, trigger, done, tookMs: refreshClock() - startedMs, diagnostics };
    this.lastReload = outcome;
    this.#options.count(done);
    this.#report(outcome);
    return outcome;
  }

  async #attempt(): Promise<readonly [boolean, readonly Finding[]]> {
    const loaded = await this.#options.load();
    if (!loaded.ok) return [false, loaded.error];
    const put = await this.#options.put(loaded.value.configuration);
    if (!put.ok) return [false, [...loaded.value.warnings, ...put.error.map(findingOf)]];
    this.loaded = loaded.value;
    this.inForceSinceMs = realClock.wallMs();
    return [true, loaded.value.warnings];
  }

  #report({ trigger, done, tookMs, diagnostics }: ReloadOutcome): void {
    this.#options.log({
      level: done ? "info" : "error",
      event: done ? "reloaded" : "reload_refused",
      trigger,
      took_ms: Math.round(tookMs),
      ...(diagnostics.length === 0 ? {} : { findings: diagnostics.map(lineOf) }),
    });
  }
}

/** What could not be put in force, in the words of what is wrong with files. */
function findingOf({ code, message, origin }: StartFailure): Finding {
  return {
    severity: "error",
    code,
    message,
    origin: origin ?? { file: "portward", line: 1, column: 1 },
    excerpt: null,
    suggestion: null,
    related: [],
  };
}

function lineOf({ origin, severity, code, message }: Finding): string {
  return `${renderOrigin(origin)}: ${severity}[${code}]: ${message}`;
}
