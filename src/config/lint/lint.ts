/**
 * What a configuration gives to think about although every part of it is right: routes that no request
 * reaches, redirects that lead back, patterns that match nothing. An error is only what is proved and cannot be meant;
 * what may be meant is a warning. Each look is a file of its own, and they are listed here by hand.
 * Hosts without a certificate are told by `certificates`, which reads the files.
 */
import { reportUnansweredChallenges, reportUnusedDemand, reportUnusedDns } from "./challenges.ts";
import { reportLoops } from "./loops.ts";
import { reportOwnTargets } from "./own-targets.ts";
import { reportOrderOfPatterns } from "./pattern-order.ts";
import { reportUselessPatterns } from "./patterns.ts";
import { reportProxyHeaders } from "./proxy-headers.ts";
import { reportUnreachable } from "./reachability.ts";
import { reportSlashes } from "./slashes.ts";
import type { LintSubject } from "./subject.ts";
import { reportTimings } from "./timings.ts";

/** What concerns one route or one listener alone, so it can be told beside other mistakes. */
export function lintRoutes(subject: LintSubject): void {
  reportUselessPatterns(subject);
  reportTimings(subject);
  reportProxyHeaders(subject);
}

/** What depends on how the parts work together; asked of a configuration without errors. */
export function lintWhole(subject: LintSubject): void {
  const unreachable = reportUnreachable(subject);
  reportOrderOfPatterns(subject, unreachable);
  reportLoops(subject);
  // After an error there is no use for what follows from it.
  if (subject.found.errorCount > 0) return;
  reportOwnTargets(subject);
  reportSlashes(subject);
  reportUnansweredChallenges(subject);
  reportUnusedDemand(subject);
  reportUnusedDns(subject);
}
