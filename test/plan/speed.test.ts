/** Recorded requests are compared at some 10 µs each (bench/plan.ts measures it); a test allows for a busy machine. */
import { expect, test } from "bun:test";
import { cpuTimeMs } from "../../src/base/test-support/cpu-time.ts";
import { loaded, tryPlan } from "./plan-of.ts";

const LINES = 20_000;
const MOST_MS = 4_000;

test(`${LINES} lines of a log are compared within ${MOST_MS} ms, in bounded memory`, async () => {
  const routes = Array.from(
    { length: 500 },
    (_, index) => `  - { listen: 80, path: /s${index}, targets: ["10.0.0.1:80"] }`,
  );
  const before = loaded(`routes:\n${routes.join("\n")}\n`, "old.yaml");
  const after = loaded(`routes:\n${routes.join("\n").replaceAll("9,", "9/,")}\n`, "new.yaml");
  const line = (index: number) =>
    `192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "GET /s${index % 500} HTTP/1.1" 200 1 "-" "-"\n`;
  const text = Array.from({ length: LINES }, (_, index) => line(index)).join("");
  const startedMs = cpuTimeMs();
  const made = await tryPlan(before, after, { text, host: "shop.example" });
  expect(cpuTimeMs() - startedMs).toBeLessThan(MOST_MS);
  if (!made.ok) throw new Error(made.error);
  const { asked, different, groups } = made.value.requests;
  expect({ asked: asked.traffic, different: different.traffic }).toEqual({
    asked: LINES,
    different: LINES / 10,
  });
  expect(groups.length).toBeLessThanOrEqual(2 * 51);
});
