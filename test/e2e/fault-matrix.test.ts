/**
 * Every fault × method × size of body × policy of retries, with a healthy target beside the faulty one. Whatever the
 * fault, a client gets the right answer, an error that says so, or a broken connection; never something else
 * that looks whole. And nothing that may have been carried out is carried out twice unless the route allows it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ChaosUpstream } from "../../src/cli/demo/chaos/chaos-upstream.ts";
import { FAULTS, type Fault, type FaultName } from "../../src/cli/demo/chaos/fault.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

/** Long enough that every fault which waits for a byte of it has one. */
const RIGHT = "the right answer ".repeat(20);
const SIZES = { none: 0, small: 1_000, large: 200_000 } as const;
const POLICIES = {
  none: "off",
  idempotent:
    "{ after: [connect, reset, timeout, malformed], statuses: [503], per_try: 250ms, backoff: 1ms, budget: 100% }",
  any: "{ after: [connect, reset, timeout, malformed], statuses: [503], methods: any, body: 1MiB, per_try: 250ms, backoff: 1ms, budget: 100% }",
} as const;
type Policy = keyof typeof POLICIES;

/** Faults that end before a byte of the answer has come: these a retry can hide. */
const HIDDEN: ReadonlySet<FaultName> = new Set([
  "refuse",
  "reset",
  "reset-head",
  "stall",
  "nonsense",
  "unavailable",
  "slow",
]);
/** Faults after which the answer that the client has got is right all the same. */
const HARMLESS: ReadonlySet<FaultName> = new Set(["none", "trickle", "close-idle"]);
/** Codes and statuses of what the client is told when nothing hides the fault. */
const TOLD: Partial<Record<FaultName, RegExp>> = {
  refuse: /^502 upstream\.(reset|closed)_before_head$/,
  reset: /^502 upstream\.reset_before_head$/,
  "reset-head": /^502 upstream\.(reset|closed)_before_head$/,
  "reset-body": /^broken$/,
  cut: /^broken$/,
  stall: /^504 upstream\.(response|try)_timeout$/,
  "stall-body": /^broken$/,
  short: /^broken$/,
  long: /^(200 right|broken)$/,
  nonsense: /^502 upstream\.malformed$/,
  unavailable: /^503 busy$/,
  slow: /^(200 right|504 upstream\.try_timeout)$/,
};

let faulty: ChaosUpstream;
let healthy: ChaosUpstream;
let proxy: TestProxy;
let current: Fault = FAULTS.none.fault;

beforeAll(async () => {
  faulty = await ChaosUpstream.start(() => ({ body: RIGHT, fault: current }), { keepsRequests: true });
  healthy = await ChaosUpstream.start(() => ({ body: RIGHT, fault: FAULTS.none.fault }), {
    keepsRequests: true,
  });
  const routes = Object.entries(POLICIES).map(
    ([name, policy]) => `  - { listen: web, path: /${name}, upstream: ${name}, retry: ${policy} }`,
  );
  const upstreams = Object.keys(POLICIES).map(
    (name) =>
      `  ${name}: { balance: round_robin, outliers: off, targets: ["${faulty.target}", { host: 127.0.0.1, port: ${healthy.port}, weight: 1 }] }`,
  );
  proxy = await startTestProxy(`
settings: { timeouts: { response: 400ms, idle: 400ms }, pool: { idle: 0 } }
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
${upstreams.join("\n")}
routes:
${routes.join("\n")}
`);
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await faulty[Symbol.asyncDispose]();
  await healthy[Symbol.asyncDispose]();
});

for (const name of Object.keys(FAULTS) as FaultName[]) {
  describe(`a target that ${FAULTS[name].text}`, () => {
    for (const policy of Object.keys(POLICIES) as Policy[]) {
      for (const method of ["GET", "POST"] as const) {
        for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
          if (method === "GET" && size !== "none") continue;
          test(`${method}, body ${size}, retries ${policy}`, () => prove(name, policy, method, SIZES[size]));
        }
      }
    }
  });
}

/** Two requests: one of them meets the faulty target first, the other the healthy one. */
async function prove(name: FaultName, policy: Policy, method: string, bodyBytes: number): Promise<void> {
  current = FAULTS[name].fault;
  faulty.requests.length = healthy.requests.length = proxy.records.length = 0;
  const seen = [await seenBy(policy, method, bodyBytes), await seenBy(policy, method, bodyBytes)];
  const mayRepeat = policy === "any" || (policy === "idempotent" && method === "GET");
  const isHidden = HIDDEN.has(name) && mayRepeat;
  const wrong = seen.filter((outcome) => outcome !== "200 right");
  if (HARMLESS.has(name) || isHidden) expect(seen).toEqual(["200 right", "200 right"]);
  else {
    expect(wrong.length).toBeLessThanOrEqual(1);
    for (const outcome of wrong) expect(outcome).toMatch(TOLD[name]!);
    if (name !== "long" && name !== "slow") expect(wrong.length).toBe(1);
  }
  const carriedOut = faulty.requests.length + healthy.requests.length;
  expect(carriedOut).toBe(proxy.records.reduce((sum, { attempts }) => sum + attempts, 0));
  if (!mayRepeat) expect(carriedOut).toBe(2);
  for (const { body } of [...faulty.requests, ...healthy.requests]) expect(body.length).toBe(bodyBytes);
}

/** `200 right`, `STATUS CODE` or `broken`. */
async function seenBy(policy: Policy, method: string, bodyBytes: number): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${proxy.port()}/${policy}`, {
      method,
      ...(bodyBytes === 0 ? {} : { body: "x".repeat(bodyBytes) }),
    });
    const text = await answer.text();
    if (answer.status === 200) return text === RIGHT ? "200 right" : `200 wrong: ${text.length} bytes`;
    return `${answer.status} ${text.startsWith("{") ? JSON.parse(text).code : text}`;
  } catch {
    return "broken";
  }
}
