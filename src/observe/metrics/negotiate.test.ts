import { expect, test } from "bun:test";
import type { ExpositionFormat } from "./exposition.ts";
import { negotiateFormat } from "./negotiate.ts";

const CASES: readonly (readonly [accept: string | null, format: ExpositionFormat])[] = [
  [null, "prometheus"],
  ["", "prometheus"],
  ["*/*", "prometheus"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "prometheus"],
  ["text/plain;version=0.0.4", "prometheus"],
  ["application/openmetrics-text", "openMetrics"],
  ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openMetrics"],
  ['Application/OpenMetrics-Text; version="1.0.0"', "openMetrics"],
  ["application/openmetrics-text;version=0.0.1", "prometheus"],
  ["application/openmetrics-text;q=0", "prometheus"],
  ["application/openmetrics-text;q=0.4,text/plain;q=0.5", "prometheus"],
  ["application/openmetrics-text;q=nonsense", "prometheus"],
  // As Prometheus 2 and 3 ask.
  [
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openMetrics",
  ],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openMetrics",
  ],
];
for (const [accept, format] of CASES) {
  test(`Accept: ${accept}`, () => expect(negotiateFormat(accept)).toBe(format));
}
