/**
 * Whatever the text, a conversion ends in YAML that loads or in an error, never in an exception. Texts are those of the
 * cases and fixtures, cut, repeated and spiced with words that mean something to the format.
 */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import fc from "fast-check";
import { CONVERT_FORMATS } from "../../src/config/formats/formats.ts";
import { readConversionCase } from "./case-file.ts";
import { convertInMemory, loadConverted } from "./convert-in-memory.ts";

const RUNS = 150;

for (const { name } of CONVERT_FORMATS) {
  const texts = [...new Glob(`${name}/*.case`).scanSync(import.meta.dir)].sort();
  describe(name, () => {
    test("mutated texts", async () => {
      const seeds = await Promise.all(
        texts.map(async (file) => readConversionCase(await Bun.file(`${import.meta.dir}/${file}`).text())),
      );
      const originals = seeds.flatMap(({ files, inputs }) => inputs.map((input) => files[input]!));
      await fc.assert(
        fc.asyncProperty(mutatedText(originals), (text) => expectAnswer(name, text)),
        { numRuns: RUNS, seed: 20260131 },
      );
    }, 60_000);

    test("random words", async () => {
      const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((list) => list.join(""));
      await fc.assert(
        fc.asyncProperty(words, (text) => expectAnswer(name, text)),
        { numRuns: RUNS, seed: 20260131 },
      );
    }, 60_000);
  });
}

async function expectAnswer(format: string, text: string): Promise<void> {
  const converted = await convertInMemory(format, { "input.yaml": text });
  const errors = converted.findings.filter(({ severity }) => severity === "error");
  expect(converted.yaml === null).toBe(errors.length > 0);
  if (converted.yaml !== null) loadConverted(converted);
  for (const { origin, message } of converted.findings) {
    expect(origin.line).toBeGreaterThan(0);
    expect(message).not.toBe("");
  }
}

type Mutation = {
  readonly kind: "cut" | "repeat" | "insert";
  readonly at: number;
  readonly length: number;
  readonly word: string;
};

function mutatedText(originals: readonly string[]): fc.Arbitrary<string> {
  const mutation = fc.record({
    kind: fc.constantFrom("cut" as const, "repeat" as const, "insert" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(40),
    word: fc.constantFrom(...WORDS),
  });
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(mutation, { minLength: 1, maxLength: 5 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text));
}

function mutate(text: string, { kind, at, length, word }: Mutation): string {
  const start = Math.floor(at * text.length);
  if (kind === "insert") return text.slice(0, start) + word + text.slice(start);
  const end = kind === "cut" ? start : start + length;
  return text.slice(0, end) + text.slice(kind === "cut" ? start + length : start);
}

const WORDS = [
  ...[
    "{",
    "}",
    ";",
    "\n",
    " ",
    '"',
    "'",
    "#",
    "\\",
    "$",
    "${",
    "\t",
    "<",
    ">",
    "</",
    "[",
    "]",
    ":",
    "- ",
    "*",
    "&a",
    "~",
  ],
  ..."http server location upstream listen proxy_pass return rewrite include stream if map types".split(" "),
  ..."/ /a ^/(.*)$ (?i)x ( [ http://a:1/ https://b 301 80 443 break last $host $1 off 0 -1 1e9".split(" "),
  ..."<VirtualHost *:80>\n</VirtualHost>\n|<Location /x>\n|</Location>\n|<Proxy balancer://b>\n|</Proxy>\n".split(
    "|",
  ),
  ..."Listen 80\n|ServerName a.b\n|ProxyPass / http://a/\n|RewriteEngine On\n|RewriteRule ^/a http://b/$1 [P]\n".split(
    "|",
  ),
  ..."Define X y\n|Include input.yaml\n|Redirect / /x\n|Require all denied\n|BalancerMember http://a\n".split(
    "|",
  ),
  ..."kind: Ingress\n|metadata: \n|spec: \n|rules: \n|paths: \n|backend: \n|host: \n|name: \n|port: \n|---\n".split(
    "|",
  ),
  ..."kind: HTTPRoute\n|kind: Gateway\n|listeners: \n|parentRefs: \n|matches: \n|filters: \n|backendRefs: \n".split(
    "|",
  ),
  "\u0000",
  "é",
  "\u202e",
];
