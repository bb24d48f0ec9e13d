/** What is claimed about patterns and paths, held against the engine and the router that serve. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseTemplate } from "../../../routing/path-template.ts";
import { compileRegex } from "../../../routing/regex.ts";
import { ANY_ALPHABET, FIELD_ALPHABET, PATH_ALPHABET } from "./alphabets.ts";
import { type Automaton, holds } from "./automaton.ts";
import { type Effort, findText } from "./find-text.ts";
import { anyPath, exactAutomaton, templateAutomaton } from "./path-automata.ts";
import { regexAutomaton } from "./regex-automaton.ts";

const plenty = (): Effort => ({ states: 1e6 });

test("patterns that no path has", () => {
  const never = ["a$b", "x^", "^api", "^/a?\\?", "[^\\x00-\\x{10FFFF}]", "^/\\.\\./", " ", "^/a#", "(?i)^A/"];
  for (const source of never)
    expect([
      source,
      findText({ inside: [anyPath, regex(source)], alphabet: PATH_ALPHABET }, plenty()),
    ]).toEqual([source, { kind: "none" }]);
});

test("an example of a path for patterns that some path has", () => {
  const rows = {
    "^/v(\\d+)/": "/v0/",
    "^/(users|people)$": "/users",
    "\\.php$": "/.php",
    "^/a\\b": "/a",
    "^/(?i)api$": "/api",
    "/$": "/",
    "^/[^a-z]": "/0",
    "^/a{2,3}\\B": "/aaa",
  };
  for (const [source, text] of Object.entries(rows))
    expect([
      source,
      findText({ inside: [anyPath, regex(source)], alphabet: PATH_ALPHABET }, plenty()),
    ]).toEqual([source, { kind: "found", text }]);
});

test("fields and parameters are made of more characters", () => {
  const field = (source: string) =>
    findText({ inside: [regex(source)], alphabet: FIELD_ALPHABET }, plenty()).kind;
  expect([field(" x"), field("é"), field("\\n"), field("€")]).toEqual(["found", "found", "none", "none"]);
  expect(findText({ inside: [regex("^[€]\\n")], alphabet: ANY_ALPHABET }, plenty())).toEqual({
    kind: "found",
    text: "€\n",
  });
});

test("whether one set lies inside another", () => {
  const difference = (inside: Automaton, outside: Automaton[]) =>
    findText({ inside: [anyPath, inside], outside, alphabet: PATH_ALPHABET }, plenty());
  expect(difference(regex("^/api/v\\d+"), [template("/api")])).toEqual({ kind: "none" });
  expect(difference(regex("^/api"), [template("/api")])).toEqual({ kind: "found", text: "/apia" });
  expect(difference(regex("^/api/v\\d+$"), [regex("^/api/v[0-9a-f]*$")])).toEqual({ kind: "none" });
  expect(difference(template("/a"), [exactAutomaton("/a"), template("/a/")])).toEqual({ kind: "none" });
  expect(difference(template("/users/"), [template("/users/{id}")])).toEqual({
    kind: "found",
    text: "/users/",
  });
});

test("what would take too long is not claimed", () => {
  const [one, other] = [regex("(a|b){500}$"), regex("^/[^a]*(ab|a.){40}a{50}$")];
  expect(findText({ inside: [anyPath, one, other], alphabet: PATH_ALPHABET }, plenty()).kind).toBe("unknown");
  expect(findText({ inside: [anyPath], alphabet: PATH_ALPHABET }, { states: 0 }).kind).toBe("unknown");
});

test("an automaton says of every text what the engine says", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    "/",
    ".",
    "[ab]",
    "[^a]",
    "^",
    "$",
    "\\b",
    "\\B",
    "(?i)A",
    "(?m)^",
    "\\w",
  );
  const suffix = fc.constantFrom("", "*", "+", "?", "{2}");
  const part = fc.tuple(atom, suffix).map((both) => both.join(""));
  const source = fc
    .array(fc.oneof(part, fc.constant("|")), { minLength: 1, maxLength: 6 })
    .map((all) => all.join(""));
  const text = fc.array(fc.constantFrom("a", "b", "A", "/", ".", "\n", "é"), { maxLength: 8 });
  fc.assert(
    fc.property(source, text, (pattern, characters) => {
      const compiled = compileRegex(pattern);
      if (!compiled.ok) return;
      const joined = characters.join("");
      expect(holds(regexAutomaton(compiled.value)!, joined)).toBe(compiled.value.test(joined));
    }),
    { numRuns: 3000 },
  );
});

function regex(source: string): Automaton {
  const compiled = compileRegex(source);
  if (!compiled.ok) throw new Error(compiled.error);
  return regexAutomaton(compiled.value)!;
}

function template(text: string): Automaton {
  const parsed = parseTemplate(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return templateAutomaton(parsed.value);
}
