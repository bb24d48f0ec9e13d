/** What a rule of a foreign server does, before the form of its path is known. */

import type { PathPattern, RouteMatch } from "../../../routing/route-match.ts";
import type { Place } from "../../source/source-text.ts";
import type { ActionDraft, LimitsDraft, RespondDraft, TimeoutsDraft } from "../draft/document-draft.ts";
import { type RewriteIntent, settleRewrite } from "./replace-prefix.ts";

export interface RuleValue {
  readonly action: RuleAction;
  readonly timeouts: Readonly<TimeoutsDraft>;
  readonly limits: Readonly<LimitsDraft>;
  /** What is asked of a request beside its path; nothing unless given. */
  readonly conditions?: RuleConditions;
  /** The block or line that it comes from. */
  readonly from: Place;
  readonly notesFrom?: Place | undefined;
}

export type RuleConditions = Pick<RouteMatch, "methods" | "headers" | "query">;

export type RuleAction =
  | { readonly kind: "proxy"; readonly upstream: string; readonly rewrite: RewriteIntent | null }
  | { readonly kind: "redirect"; readonly to: string; readonly status: number }
  | RespondDraft;

export function settleAction(action: RuleAction, path: PathPattern): ActionDraft {
  if (action.kind !== "proxy") return action;
  return { ...action, rewrite: settleRewrite(action.rewrite, path) };
}

/** A rule that answers by itself, with nothing else to say. */
export function answering(action: RuleAction, from: Place): RuleValue {
  return { action, timeouts: {}, limits: {}, from };
}

export const NO_CONDITIONS: RuleConditions = { methods: [], headers: [], query: [] };
