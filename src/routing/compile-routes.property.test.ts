/** The compiled router answers every request as the naive one does, which tests and sorts all rules. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { normalisePath } from "./normalise-path.ts";
import type { RoutedRequest, RouteStep } from "./router.ts";
import { anyRequest, anyRules, consistent } from "./test-support/arbitrary-rules.ts";
import { compareRanks, naiveMatches } from "./test-support/naive-router.ts";

/** They take a second or two; a busy machine may need several times that. */
const TIMEOUT_MS = 60_000;

const someRequests = fc.array(anyRequest, { minLength: 12, maxLength: 12 });

describe("compileRoutes", () => {
  test(
    "agrees with the naive router on rule, captures and matched length",
    () => {
      fc.assert(
        fc.property(anyRules, someRequests, (all, requests) => {
          const { rules, router } = consistent(all);
          for (const request of requests) {
            const [expected] = naiveMatches(rules, request);
            const hit = router.match(request);
            expect(hit?.value).toBe(expected?.rule.value);
            if (hit === null) continue;
            expect({ ...hit.captures }).toEqual(expected!.captures);
            expect(hit.matchedLength).toBe(expected!.matchedLength);
          }
        }),
        { numRuns: 2_000 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "leaves no tie that only the order of definition decides, regexes aside",
    () => {
      fc.assert(
        fc.property(anyRules, someRequests, (all, requests) => {
          const { rules, router } = consistent(
            all.filter((rule) => !JSON.stringify(rule.match).includes("regex")),
          );
          for (const request of requests) {
            const [first, second] = naiveMatches(rules, request);
            if (second === undefined) continue;
            expect(compareRanks(first!.rank.slice(0, -1), second.rank.slice(0, -1))).toBeGreaterThan(0);
            expect(router.match(request)?.value).toBe(first!.rule.value);
          }
        }),
        { numRuns: 1_000 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "answers the same with a trace, which lists what fits in the naive router's order",
    () => {
      fc.assert(
        fc.property(anyRules, someRequests, (all, requests) => {
          const { rules, router } = consistent(all);
          for (const request of requests) {
            const trace: RouteStep[] = [];
            expect(router.match(request, trace)).toEqual(router.match(request));
            const fitting = trace.flatMap((step) =>
              step.type === "route" && (step.outcome.kind === "taken" || step.outcome.kind === "lessSpecific")
                ? [step.label]
                : [],
            );
            expect(fitting).toEqual(naiveMatches(rules, request).map(({ rule }) => rule.label));
          }
        }),
        { numRuns: 1_000 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "what goes upstream would match the same route again, however the path was spelled",
    () => {
      fc.assert(
        fc.property(anyRules, someRequests, fc.infiniteStream(fc.nat(7)), (all, requests, dice) => {
          const { router } = consistent(all);
          for (const request of requests) {
            const spelled = respelled(request.path, dice);
            const forwarded = normalisePath(spelled);
            expect(forwarded).toBe(request.path);
            const again: RoutedRequest = { ...request, path: normalisePath(forwarded!)! };
            expect(router.match(again)).toEqual(router.match(request));
          }
        }),
        { numRuns: 1_000 },
      );
    },
    TIMEOUT_MS,
  );
});

/** The same path as a client in disguise would write it. */
function respelled(path: string, dice: Iterator<number>): string {
  let result = "";
  for (const character of path) {
    const roll = dice.next().value;
    if (character === "/") result += ["/", "/./", "/%2e/", "/x/../", "/x/%2E./", "/", "/", "/"][roll];
    else result += roll < 2 ? `%${character.charCodeAt(0).toString(16)}` : character;
  }
  return result;
}
