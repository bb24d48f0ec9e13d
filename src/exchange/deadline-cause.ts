/** An exchange has one deadline; what it means when it passes follows from where the exchange stands. */
import type { ErrorCode } from "../base/proxy-error.ts";

export interface Standing {
  /** The client has sent its FIN. */
  readonly halfClosed: boolean;
  readonly requestDone: boolean;
  /** The upstream takes no more of the request's body. */
  readonly requestBlocked: boolean;
  readonly answerBegun: boolean;
  /** The client takes no more of the answer. */
  readonly answerBlocked: boolean;
}

/** Who was to move next, and did not. */
export function deadlineCause(standing: Standing): ErrorCode {
  if (standing.answerBlocked) return "answer.idle";
  if (standing.halfClosed) return "request.aborted";
  if (!standing.requestDone)
    return standing.requestBlocked ? "upstream.idle_timeout" : "request.body_timeout";
  return standing.answerBegun ? "upstream.idle_timeout" : "upstream.response_timeout";
}
