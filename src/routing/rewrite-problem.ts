/** What can be wrong with the new path of a rewrite or a redirect, found when the configuration is read. */
import { err, type Result } from "../base/result.ts";

export interface RewriteProblem {
  readonly code: "unknownCapture" | "invalidRewrite" | "invalidRegex" | "invalidPath";
  /** For people. */
  readonly detail: string;
}

export function refused(code: RewriteProblem["code"], detail: string): Result<never, RewriteProblem> {
  return err({ code, detail });
}
