/** A client stays where it was, for as long as that is possible, and cannot choose where. */
import { expect, test } from "bun:test";
import {
  COOKIE,
  manyTargets,
  random,
  requestWith,
  STANDING,
  type TestTarget,
} from "../test-support/candidates.ts";
import { createRandomBalancer } from "./random.ts";
import { createStickyBalancer, type StickyBalancer, type StickyCookie } from "./sticky.ts";

function sticky(cookie: StickyCookie = COOKIE): StickyBalancer<TestTarget> {
  const fallback = createRandomBalancer<TestTarget>({ random: random(), clock: STANDING });
  return createStickyBalancer(cookie, fallback);
}

function started(all: readonly TestTarget[], balancer = sticky()): StickyBalancer<TestTarget> {
  balancer.update(all);
  return balancer;
}

/** What a client brings that was answered by this target. */
function tokenOf(balancer: StickyBalancer<TestTarget>, target: TestTarget): string {
  const field = balancer.cookieFor(requestWith(null), target)!;
  expect(field[0]).toBe("Set-Cookie");
  return /^s=([\w-]{22}); Path=\/; HttpOnly; SameSite=Lax$/.exec(field[1])![1]!;
}

test("whoever brings the cookie goes where it came from, and is given no other", () => {
  const all = manyTargets(20);
  const balancer = started(all);
  for (const target of all) {
    const request = requestWith(tokenOf(balancer, target));
    for (let i = 0; i < 10; i++) expect(balancer.pick(request, [])).toBe(target);
    expect(balancer.cookieFor(request, target)).toBeNull();
  }
});

test("a cookie outlives a restart, and other targets that come and go", () => {
  const before = manyTargets(5);
  const request = requestWith(tokenOf(started(before), before[2]!));
  const after = manyTargets(50).slice(2);
  expect(started(after).pick(request, [])).toBe(after[0]!);
});

test("without its target the fallback chooses, and the client is given a new cookie", () => {
  const all = manyTargets(3);
  const balancer = started(all);
  const request = requestWith(tokenOf(balancer, all[1]!));
  expect(balancer.pick(request, [all[1]!])).not.toBe(all[1]!);
  all[1]!.share = 0;
  balancer.update(all);
  const other = balancer.pick(request, [])!;
  expect(other).not.toBe(all[1]!);
  expect(balancer.cookieFor(request, other)).not.toBeNull();
  balancer.update(all.slice(2));
  expect(balancer.pick(request, [])).toBe(all[2]!);
});

test("a cookie of another key, or made up, is none", () => {
  const all = manyTargets(50);
  const balancer = started(all);
  const forged = tokenOf(started(all, sticky({ ...COOKIE, secret: "another secret key" })), all[7]!);
  for (const token of [forged, all[7]!.name, ""]) {
    const request = requestWith(token);
    const picks = new Set(Array.from({ length: 100 }, () => balancer.pick(request, [])));
    expect(picks.size).toBeGreaterThan(10);
    expect(balancer.cookieFor(request, all[7]!)).not.toBeNull();
  }
});

test("the cookie lasts and is kept from plain http if that is set", () => {
  const balancer = sticky({ ...COOKIE, maxAgeMs: 3_600_000, secure: true });
  const [target] = manyTargets(1);
  balancer.update([target!]);
  expect(balancer.cookieFor(requestWith(null), target!)![1]).toEndWith("; Max-Age=3600; Secure");
});
