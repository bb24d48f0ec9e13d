/**
 * What whoever loads a configuration again and again remembers of the last time: its items as they were read, and the
 * routes that they came to be. What is the same text in the same surroundings is then the same object, so those who
 * compare two configurations see at a glance what has changed. The outcome is the same with and without it.
 */
import { RouteMemory } from "./build/route-memory.ts";
import type { Settings } from "./model.ts";
import { ItemMemory } from "./source/item-memory.ts";

export class ConfigurationMemory {
  readonly items = new ItemMemory();
  readonly routes = new RouteMemory();
  #settings: Settings | null = null;

  /** With the very objects of the last time where they say the same: routes that say nothing themselves share them. */
  steady(settings: Settings): Settings {
    const before = this.#settings ?? settings;
    const { limits, timeouts, retry } = settings;
    this.#settings = {
      ...settings,
      limits: same(before.limits, limits),
      timeouts: same(before.timeouts, timeouts),
      retry: same(before.retry, retry),
    };
    return this.#settings;
  }
}

function same<T>(before: T, now: T): T {
  return Bun.deepEquals(before, now, true) ? before : now;
}
