/** As many tests as routes, asked after every save. The bound is loose: this is no benchmark. */
import { expect, test } from "bun:test";
import { cpuTimeMs } from "../../src/base/test-support/cpu-time.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { runTests } from "../../src/explain/run-tests.ts";

const COUNT = 1000;

test("1,000 tests of 1,000 routes are asked in a blink", () => {
  const routes = lines(
    (index) =>
      `{ listen: 80, host: h${index % 100}.example, path: /a${index}/b, rewrite: /, targets: ["10.0.0.1:80"] }`,
  );
  const tests = lines(
    (index) =>
      `{ request: "http://h${index % 100}.example/a${index}/b/c?x", expect: { route: a/${index}, path: "/c?x" } }`,
  );
  const loaded = parseConfiguration("a.yaml", `routes:\n${routes}tests:\n${tests}`);
  if (!loaded.ok) throw new Error(loaded.error[0]?.message);
  const started = cpuTimeMs();
  expect(runTests(loaded.value)).toEqual([]);
  expect(cpuTimeMs() - started).toBeLessThan(2000);
});

function lines(line: (index: number) => string): string {
  return Array.from({ length: COUNT }, (_, index) => `  - ${line(index)}\n`).join("");
}
