/** Every rule has a case that breaks it and a line in docs/http1.md that says what it is; no line is about none. */
import { expect, test } from "bun:test";
import { ERRORS } from "../../src/base/proxy-error.ts";
import { PEER_FAULTS } from "../../src/protocol/http/peer-fault.ts";
import { REQUEST_LIMITS, RESPONSE_LIMITS } from "./limits.cases.ts";
import { PINNED_REQUESTS, PINNED_RESPONSES } from "./pinned.cases.ts";
import { ACCEPTED_REQUESTS } from "./request-accepted.cases.ts";
import { REFUSED_BODIES } from "./request-body.cases.ts";
import { REFUSED_REQUESTS } from "./request-refused.cases.ts";
import { ACCEPTED_RESPONSES, REFUSED_RESPONSES } from "./response.cases.ts";

const TABLES = [
  ACCEPTED_REQUESTS,
  REFUSED_REQUESTS,
  REFUSED_BODIES,
  REQUEST_LIMITS,
  PINNED_REQUESTS,
  ACCEPTED_RESPONSES,
  REFUSED_RESPONSES,
  RESPONSE_LIMITS,
  PINNED_RESPONSES,
];

/**
 * Not the codec's to find: paths are normalised by routing, and refused by the exchange (src/exchange), which also reads
 * what gRPC-Web sends as text (test/h2/grpc-web.test.ts).
 */
const FOUND_ELSEWHERE = ["base64", "pathEscape"];
/** What the codec says where no rule is broken. */
const CODES = [
  "request.version",
  "request.method",
  "request.expectation",
  "limit.line_bytes",
  "limit.head_bytes",
  "limit.field_count",
];

test("every rule and every code of the codec has a case", () => {
  const met = TABLES.flat().flatMap((row) => row.events.map((event) => /^fault (.*)$/.exec(event)?.[1]));
  const all = [...Object.keys(PEER_FAULTS), ...CODES];
  expect(all.filter((name) => !met.includes(name))).toEqual(FOUND_ELSEWHERE);
});

test("no two cases of a table have one name", () => {
  for (const table of TABLES) {
    const names = table.map((row) => row.name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});

test("docs/http1.md lists every rule in its words, and no other", async () => {
  const text = await Bun.file(new URL("../../docs/http1.md", import.meta.url)).text();
  const lines = [...text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, words]) => [name, words]);
  expect(Object.fromEntries(lines)).toEqual({ ...PEER_FAULTS });
  for (const code of CODES) {
    expect(code in ERRORS).toBe(true);
    expect(text).toContain(`\`${code}\``);
  }
});
