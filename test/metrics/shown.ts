/** What a running proxy shows, for tests: one number by the name and labels of its sample. */
import type { MetricsPage } from "../../src/runtime/start.ts";
import { parseExposition } from "./parse-exposition.ts";

export class Shown {
  readonly text: string;
  readonly #values = new Map<string, number>();

  constructor(page: MetricsPage) {
    this.text = page.body;
    for (const { samples } of parseExposition(page.body).families) {
      for (const { name, labels, value } of samples)
        this.#values.set(keyOf(name, Object.fromEntries(labels)), value);
    }
  }

  /** Of the sample with exactly these labels; null when it is not shown. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | null {
    return this.#values.get(keyOf(name, labels)) ?? null;
  }

  /** Of all samples that have these labels among theirs. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    let sum = 0;
    for (const [key, value] of this.#values) {
      const [itsName, itsLabels] = JSON.parse(key) as [string, [string, string][]];
      const own = Object.fromEntries(itsLabels);
      if (itsName === name && Object.entries(labels).every(([label, text]) => own[label] === text))
        sum += value;
    }
    return sum;
  }
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
