/** Random rules and requests over a tiny alphabet, so that they meet, overlap and contradict each other often. */
import fc from "fast-check";
import { compileRoutes } from "../compile-routes.ts";
import type { PathPattern, RouteMatch, ValueMatch } from "../route-match.ts";
import type { RoutedRequest, RouteProblem, RouteRule, Router } from "../router.ts";

export const anyRequest: fc.Arbitrary<RoutedRequest> = fc
  .record({
    host: fc.constantFrom(
      "a.example",
      "b.a.example",
      "c.a.example",
      "c.b.a.example",
      "x.example",
      "other",
      "",
      "a.example.",
    ),
    path: fc
      .array(fc.constantFrom("a", "b", "c", ""), { minLength: 1, maxLength: 4 })
      .map((all) => `/${all.join("/")}`),
    query: fc.constantFrom("", "p=1", "p=2&q=1", "q", "%70=1&q=2"),
    method: fc.constantFrom("GET", "POST", "PUT"),
    fields: fc.record({
      "x-a": fc.constantFrom("1", "2", undefined),
      "x-b": fc.constantFrom("1", "22", undefined),
    }),
  })
  .map(({ fields, ...request }) => ({
    ...request,
    header: (name: string) => new Map(Object.entries(fields)).get(name) ?? null,
  }));

/** Rules without a contradiction: what the compiler objects to is left out, one by one. */
export function consistent(rules: readonly RouteRule<number>[]): {
  readonly rules: readonly RouteRule<number>[];
  readonly router: Router<number>;
  readonly problems: readonly RouteProblem[];
} {
  const problems: RouteProblem[] = [];
  for (let left = rules; ; ) {
    const compiled = compileRoutes(left);
    if (compiled.ok) return { rules: left, router: compiled.value, problems };
    const [problem] = compiled.error;
    problems.push(problem!);
    left = left.filter(({ label }) => label !== (problem!.second ?? problem!.first));
  }
}

const anyTemplate: fc.Arbitrary<PathPattern> = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "{}", ""), { maxLength: 3 }),
    fc.constantFrom("", "/", "/{*rest}"),
  )
  .map(([segments, tail]) => {
    const named = segments.map((segment, index) => (segment === "{}" ? `{c${index}}` : segment));
    return { kind: "prefix", template: `/${named.join("/")}${tail}` };
  });

const anyExact: fc.Arbitrary<PathPattern> = fc
  .array(fc.constantFrom("a", "b", ""), { minLength: 1, maxLength: 3 })
  .map((segments) => ({ kind: "exact", path: `/${segments.join("/")}` }));

const anyRegex: fc.Arbitrary<PathPattern> = fc
  .constantFrom("^/a", "b$", "^/(?<v>[ab])/", "/b/", "^/$", "(?<first>[abc])")
  .map((source) => ({ kind: "regex", source }));

function anyValues(...names: readonly string[]): fc.Arbitrary<ValueMatch[]> {
  const value = fc.constantFrom<ValueMatch["value"]>(
    { kind: "exact", value: "1" },
    { kind: "exact", value: "2" },
    { kind: "present" },
    { kind: "regex", source: "^[12]$" },
    { kind: "regex", source: "2" },
  );
  const some = fc.tuple(
    ...names.map((name) =>
      fc.option(
        value.map((one) => ({ name, value: one })),
        { freq: 1 },
      ),
    ),
  );
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant<ValueMatch[]>([]) },
    { weight: 2, arbitrary: some.map((all) => all.filter((one) => one !== null)) },
  );
}

const anyMatch: fc.Arbitrary<RouteMatch> = fc.record({
  hosts: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 3,
      arbitrary: fc.subarray(["a.example", "b.a.example", "*.a.example", "*.example"], {
        minLength: 1,
        maxLength: 2,
      }),
    },
  ),
  path: fc.oneof(
    { weight: 6, arbitrary: anyTemplate },
    { weight: 2, arbitrary: anyExact },
    { weight: 2, arbitrary: anyRegex },
  ),
  methods: fc.oneof(fc.constant([]), fc.subarray(["GET", "POST"])),
  headers: anyValues("x-a", "x-b"),
  query: anyValues("p", "q"),
});

export const anyRules: fc.Arbitrary<RouteRule<number>[]> = fc
  .array(anyMatch, { minLength: 1, maxLength: 30, size: "max" })
  .map((matches) => matches.map((match, value) => ({ label: `test/${value}`, value, match })));
