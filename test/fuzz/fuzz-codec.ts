/** One run of the fuzzer over both readers: reproducible from its seed, bounded by time or by number. */
import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { forwardRequests, UNTRUSTED } from "../conformance/forward.ts";
import { requestProblem, responseProblem } from "./codec-invariant.ts";
import { mutated } from "./mutate.ts";
import { REQUEST_SEEDS, RESPONSE_SEEDS } from "./seeds.ts";

export interface Find {
  readonly kind: "request" | "response";
  /** As short as it could be made. */
  readonly text: string;
  readonly problem: string;
}

export interface FuzzResult {
  readonly messages: number;
  /** Requests that were accepted to their end; if these are few, the mutations are too wild to find anything. */
  readonly complete: number;
  readonly find: Find | null;
}

/** Stops at the first find, after `forMs`, or after `most` messages. */
export function fuzzCodec(seed: number, forMs: number, most: number = Number.POSITIVE_INFINITY): FuzzResult {
  const random = createRandom([seed >>> 0, 0x9e3779b9, 0x243f6a88, 0xb7e15162]);
  const until = performance.now() + forMs;
  let complete = 0;
  for (let messages = 0; messages < most; messages++) {
    if (messages % 64 === 0 && performance.now() > until) return { messages, complete, find: null };
    const kind = randomBelow(random, 3) === 0 ? "response" : "request";
    const text = mutated(random, kind === "request" ? REQUEST_SEEDS : RESPONSE_SEEDS);
    const problem = problemOf(kind, text, random);
    if (problem !== null) return { messages, complete, find: shortened(kind, text, problem, random) };
    if (kind === "request" && forwardRequests([text], UNTRUSTED).messages.some((each) => each.complete))
      complete++;
  }
  return { messages: most, complete, find: null };
}

/** An exception is a find like any other. */
function problemOf(kind: Find["kind"], text: string, random: Random): string | null {
  try {
    return kind === "request" ? requestProblem(text, random) : responseProblem(text, random);
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  }
}

/** Takes pieces away as long as something stays wrong. */
function shortened(kind: Find["kind"], text: string, problem: string, random: Random): Find {
  let find: Find = { kind, text, problem };
  for (let size = text.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= find.text.length; ) {
      const shorter = find.text.slice(0, at) + find.text.slice(at + size);
      const still = problemOf(kind, shorter, random);
      if (still === null) at += size;
      else find = { kind, text: shorter, problem: still };
    }
  }
  return find;
}
