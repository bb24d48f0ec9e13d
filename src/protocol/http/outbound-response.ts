/** An answer on its way downstream: the upstream's head and what this hop makes of it. */
import type { BodyKind } from "./framing.ts";
import type { AddedFields } from "./outbound-request.ts";
import type { ResponseHead } from "./response-head.ts";

export interface OutboundResponse {
  readonly head: ResponseHead;
  /** How the body is framed on this side; may differ from the upstream's framing. */
  readonly framing: BodyKind;
  /** What this hop says in `Connection`. */
  readonly connection: "none" | "close" | "keep-alive" | "upgrade";
  readonly added: AddedFields;
}
