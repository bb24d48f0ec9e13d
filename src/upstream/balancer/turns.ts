/**
 * Who is next when all are to have their turns in proportion to their shares, spread out: each turn of a target
 * puts its next one off by 1/share (stride scheduling; Waldspurger and Weihl, 1995). First turns are spread by
 * the golden ratio, so that equal targets do not come in a bunch.
 */
import { type Random, randomBelow } from "../../base/random.ts";
import type { Candidate } from "./balancer.ts";

/** When a target's first turn is due. `start` is the same for all of them, anything from 0 to 1. */
export function firstTurn(index: number, share: number, start: number): number {
  return ((start + index * GOLDEN) % 1) / share;
}

/** When the turn after one is due. */
export function nextTurn(turn: number, { share }: Candidate): number {
  return turn + 1 / share;
}

/** Several processes must not all begin with the same target. */
export function randomStart(random: Random): number {
  return randomBelow(random, START_GRAINS) / START_GRAINS;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const START_GRAINS = 1 << 20;
