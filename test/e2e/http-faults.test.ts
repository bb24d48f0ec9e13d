/**
 * Every failure has one word (base/proxy-error.ts). Each is brought about with real sockets; the record, the answer
 * and the state afterwards must say exactly that word and nothing else.
 */

import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { ERRORS } from "../../src/base/proxy-error.ts";
import { ANSWER_FAULTS } from "./faults/answer-faults.cases.ts";
import { LIMIT_FAULTS } from "./faults/limit-faults.cases.ts";
import { MALFORMED_ANSWERS } from "./faults/malformed-answers.cases.ts";
import { OWN_FAULTS } from "./faults/own-faults.cases.ts";
import { REQUEST_FAULTS } from "./faults/request-faults.cases.ts";
import { UPSTREAM_FAULTS } from "./faults/upstream-faults.cases.ts";

const TABLES = {
  requests: REQUEST_FAULTS,
  "answers not taken": ANSWER_FAULTS,
  limits: LIMIT_FAULTS,
  upstreams: UPSTREAM_FAULTS,
  "malformed answers": MALFORMED_ANSWERS,
  "our own": OWN_FAULTS,
};

for (const [name, faults] of Object.entries(TABLES)) {
  describe(name, () => {
    for (const { code, what, prove } of faults) test(`${code}: ${what}`, prove);
  });
}

test("no word goes unproved", async () => {
  const proved = new Set<string>(Object.values(TABLES).flatMap((table) => table.map(({ code }) => code)));
  // Those of TLS and of PROXY headers need certificates, and have tests of their own that say them.
  const names = [
    ...new Glob("tls-*.test.ts").scanSync(import.meta.dir),
    "../../src/io/connect-error.test.ts",
  ];
  const others = await Promise.all(names.map(textOf));
  const isProved = (code: string) => proved.has(code) || others.some((text) => text.includes(code));
  expect(Object.keys(ERRORS).filter((code) => !isProved(code))).toEqual([]);
});

function textOf(name: string): Promise<string> {
  return Bun.file(`${import.meta.dir}/${name}`).text();
}
