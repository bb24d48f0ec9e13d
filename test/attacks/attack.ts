/** Sends a case to the proxy and compares what came back, and what reached the upstream, with what must. */
import type { AttackCase, PlainRequest } from "./attack-case.ts";
import type { GullibleUpstream } from "./gullible-upstream.ts";
import { READINGS, readAll } from "./readings.ts";

export interface Outcome {
  readonly received: string;
  readonly arrived: readonly string[];
  /** By the proxy, in time. */
  readonly ended: boolean;
}

/** @param splitAt the bytes are sent in two parts when above 0 */
export async function attack(
  port: number,
  upstream: GullibleUpstream,
  { bytes, passes, ends }: AttackCase,
  splitAt = 0,
): Promise<Outcome> {
  upstream.takeArrived();
  const { promise, resolve } = Promise.withResolvers<void>();
  let received = "";
  let ended = false;
  const onEnd = (): void => {
    ended = true;
    resolve();
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, chunk) => {
        received += chunk.toString("latin1");
        if (ends === "open" && answersIn(received).length >= passes.length) resolve();
      },
      end: onEnd,
      close: onEnd,
      error: onEnd,
    },
  });
  const all = Buffer.from(bytes, "latin1");
  if (splitAt > 0) {
    socket.write(all.subarray(0, splitAt));
    await new Promise<void>((done) => setImmediate(() => setImmediate(done)));
  }
  socket.write(all.subarray(splitAt));
  const timer = setTimeout(resolve, LONGEST_MS);
  await promise;
  clearTimeout(timer);
  // Whatever else was sent upstream in the same event arrives now.
  await new Promise<void>((done) => setImmediate(() => setImmediate(done)));
  socket.terminate();
  return { received, arrived: upstream.takeArrived(), ended };
}

/** Why the outcome is wrong, or null. */
export function faultOf({ passes, ends }: AttackCase, { received, arrived, ended }: Outcome): string | null {
  const fault = faultOfArrival(passes, ends, arrived);
  if (fault !== null || ends !== "unanswered") return fault ?? faultOfAnswers(passes, ends, received);
  return ended && received === "" ? null : `not closed, or answered: ${JSON.stringify(received)}`;
}

function faultOfArrival(
  passes: readonly PlainRequest[],
  ends: AttackCase["ends"],
  arrived: readonly string[],
): string | null {
  for (const reading of READINGS) {
    const found = arrived.map((text) => readAll(text, reading));
    const requests = JSON.stringify(found.flatMap((each) => each.requests));
    if (requests !== JSON.stringify(passes)) return `UNSAFE: read as '${reading.name}', ${requests} arrived`;
    if (ends !== "cut" && found.some(({ unfinished }) => unfinished))
      return `UNSAFE: something unfinished arrived: ${JSON.stringify(arrived)}`;
    const forged = found.flatMap((each) => each.forwardedFor).find((address) => address !== "127.0.0.1");
    if (forged !== undefined) return `UNSAFE: '${reading.name}' believes ${forged}`;
  }
  return null;
}

function faultOfAnswers(
  passes: readonly PlainRequest[],
  ends: AttackCase["ends"],
  received: string,
): string | null {
  const statuses = answersIn(received);
  const expected = passes.map(() => "200");
  const last = statuses.at(expected.length) ?? null;
  if (statuses.slice(0, expected.length).join() !== expected.join())
    return `false refusal: answered ${statuses}: ${received}`;
  if (ends === "open") return last === null ? null : `answered once too often: ${received}`;
  return last !== null && /^[45]/.test(last) && statuses.length === expected.length + 1
    ? null
    : `not refused: ${JSON.stringify(received)}`;
}

function answersIn(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]!);
}

const LONGEST_MS = 3_000;
