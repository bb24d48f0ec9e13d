/**
 * An upstream that closes the connections it said it would keep, at random moments around the next request: a GET that
 * meets the close is sent again on a new connection, and no client ever sees it. `PORTWARD_GETS=100000` for the full
 * number.
 */
import { expect, test } from "bun:test";
import { createRandom, randomBelow } from "../../src/base/random.ts";
import { ChaosUpstream } from "../../src/cli/demo/chaos/chaos-upstream.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const { PORTWARD_GETS = "6000" } = process.env;
const GETS = Number(PORTWARD_GETS);
const CLIENTS = 40;

test(`${GETS} GETs give no error`, async () => {
  const random = createRandom([1, 2, 3, 4]);
  await using upstream = await ChaosUpstream.start(() => ({
    body: "ok",
    fault:
      randomBelow(random, 3) === 0
        ? { kind: "closeIdle", afterMs: randomBelow(random, 3) }
        : { kind: "none" },
  }));
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]
`);
  let repeated = 0;
  let left = GETS;
  const outcomes = new Map<string, number>();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) {
        const answer = await fetch(`http://127.0.0.1:${proxy.port()}/`);
        const outcome = `${answer.status} ${await answer.text()}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }),
  );
  for (const { attempts } of proxy.records) if (attempts > 1) repeated++;
  expect([...outcomes]).toEqual([["200 ok", GETS]]);
  // Without these the test would prove nothing.
  expect(repeated).toBeGreaterThan(GETS / 1_000);
}, 120_000);
