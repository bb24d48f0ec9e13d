/** The lint itself: it lets a good text pass and finds each sin, so that the metrics cannot pass unread. */
import { expect, test } from "bun:test";
import { lintExposition } from "./lint-exposition.ts";

const GOOD = `# HELP a_requests_total Requests.
# TYPE a_requests_total counter
a_requests_total{code="2xx"} 3
a_requests_total{code="a\\"b\\\\c\\nd"} 1
# HELP a_wait_seconds Waiting.
# TYPE a_wait_seconds histogram
a_wait_seconds_bucket{le="0.1"} 1
a_wait_seconds_bucket{le="1"} 2
a_wait_seconds_bucket{le="+Inf"} 2
a_wait_seconds_sum 0.5
a_wait_seconds_count 2
`;
const GOOD_OPEN = `# HELP a_requests Requests.
# TYPE a_requests counter
a_requests_total{code="2xx"} 3
# HELP a_wait_seconds Waiting.
# TYPE a_wait_seconds histogram
# UNIT a_wait_seconds seconds
a_wait_seconds_bucket{le="1.0"} 2
a_wait_seconds_bucket{le="+Inf"} 2
a_wait_seconds_sum 0.5
a_wait_seconds_count 2
# EOF
`;

test("a good text of either format passes", () => {
  expect(lintExposition(GOOD, "prometheus")).toEqual([]);
  expect(lintExposition(GOOD_OPEN, "openMetrics")).toEqual([]);
});

const SINS: readonly (readonly [what: string, from: string, to: string, said: string])[] = [
  ["no HELP", "# HELP a_requests_total Requests.\n", "", "no HELP"],
  ["a counter without its suffix", "a_requests_total", "a_requests", "without _total"],
  ["a gauge with the suffix of a counter", "total counter", "total gauge", "_total in the name"],
  ["a series twice", 'code="a\\"b\\\\c\\nd"', 'code="2xx"', "twice"],
  ["labels that differ", '{code="2xx"}', "", "different labels"],
  ["a quote that is not escaped", '\\"b', '"b', "not of the format"],
  ["a value that is none", "} 3", "} three", "not of the format"],
  ["a counter below 0", "} 3", "} -3", "below 0"],
  ["buckets that fall", 'le="0.1"} 1', 'le="0.1"} 3', "fewer up to 1"],
  ["bounds that fall", 'le="0.1"', 'le="2"', "is not above"],
  ["no last bucket", 'le="+Inf"', 'le="5"', "not +Inf"],
  ["a count that differs", "count 2", "count 3", "differ"],
  ["no sum", "a_wait_seconds_sum 0.5\n", "", "not there once"],
  ["milliseconds", "a_wait_seconds", "a_wait_ms", "no base unit"],
  ["its type in its name", "a_wait_seconds", "a_wait_histogram", "type in its name"],
  ["a family in two places", "count 2\n", "count 2\n# HELP a_requests_total Again.\n", "two places"],
  ["an end that is none", "count 2\n", "count 2", "does not end"],
  ["an end of the other format", "count 2\n", "count 2\n# EOF\n", "EOF"],
];
for (const [what, from, to, said] of SINS) {
  test(`finds ${what}`, () => {
    expect(GOOD).toContain(from);
    expect(lintExposition(GOOD.replaceAll(from, to), "prometheus").join("\n")).toContain(said);
  });
}

const OPEN_SINS: readonly (readonly [what: string, from: string, to: string, said: string])[] = [
  ["no end", "# EOF\n", "", "EOF"],
  ["no unit", "# UNIT a_wait_seconds seconds\n", "", "no UNIT"],
  ["another unit than the name's", "seconds seconds", "seconds bytes", "its unit"],
  ["a bound without a point", '"1.0"', '"1"', "without a point"],
  ["the suffix in the family's name", "a_requests ", "a_requests_total ", "name of the family"],
];
for (const [what, from, to, said] of OPEN_SINS) {
  test(`finds in OpenMetrics ${what}`, () => {
    expect(GOOD_OPEN).toContain(from);
    expect(lintExposition(GOOD_OPEN.replaceAll(from, to), "openMetrics").join("\n")).toContain(said);
  });
}
