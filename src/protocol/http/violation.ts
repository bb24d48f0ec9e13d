/** Why a message is refused: the code of the answer, and the broken rule where one was broken. */
import type { ErrorCode } from "../../base/proxy-error.ts";
import type { PeerFault } from "./peer-fault.ts";

export interface Violation {
  readonly code: ErrorCode;
  /** One of HTTP/2's own has its version before it. */
  readonly rule: PeerFault | `h2.${string}` | null;
}

/** A broken rule in a request. */
export function requestFault(rule: PeerFault): Violation {
  return { code: "request.malformed", rule };
}

/** A broken rule in an answer. */
export function responseFault(rule: PeerFault): Violation {
  return { code: "upstream.malformed", rule };
}
