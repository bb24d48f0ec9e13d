/**
 * Clients that behave: they ask at a steady rate, over connections that they keep, with the runtime's own `fetch`, and tell how
 * long the slowest in a hundred waited. This process sleeps in between, so that an attacker on the same core has its share.
 */
import { serveCommands } from "./commands.ts";

export interface SteadyCommand {
  readonly url: string;
  readonly seconds: number;
}

export interface SteadyReply {
  readonly p99Ms: number;
}

const CLIENTS = 4;
const REQUESTS_PER_SECOND = 500;

await serveCommands({}, async ({ url, seconds }: SteadyCommand): Promise<SteadyReply> => {
  const asked = Array.from({ length: CLIENTS }, (_, i) => ask(url, seconds * 1_000, i));
  const timesMs = (await Promise.all(asked)).flat();
  timesMs.sort((a, b) => a - b);
  return { p99Ms: timesMs[Math.floor(timesMs.length * 0.99)]! };
});

/** One client's part of the rate. Of who is behind, a request's time counts from when it was due. */
async function ask(url: string, forMs: number, index: number): Promise<number[]> {
  const everyMs = (1_000 * CLIENTS) / REQUESTS_PER_SECOND;
  const beganMs = performance.now() + (everyMs * index) / CLIENTS;
  const timesMs: number[] = [];
  for (let dueMs = beganMs; dueMs < beganMs + forMs; dueMs += everyMs) {
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await Bun.sleep(earlyMs);
    const fromMs = earlyMs > 0 ? performance.now() : dueMs;
    const response = await fetch(url);
    await response.text();
    timesMs.push(performance.now() - fromMs);
  }
  return timesMs;
}
