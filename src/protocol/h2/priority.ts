/**
 * Extensible priorities (RFC 9218): `u=3, i`. A structured field (RFC 8941) of which two members mean something; what is
 * malformed or unknown changes nothing, as the RFC says.
 */

export const DEFAULT_URGENCY = 3;
export const LOWEST_URGENCY = 7;

export interface Prioritised {
  /** 0 first, 7 last. */
  urgency: number;
  /** Worth having in parts: takes turns with others of its urgency. */
  incremental: boolean;
}

/** Reads the text of a priority field into `to`. */
export function readPriority(text: string, to: Prioritised): void {
  to.urgency = DEFAULT_URGENCY;
  to.incremental = false;
  for (const member of text.split(",")) {
    const [, key, value] = MEMBER.exec(member) ?? [];
    if (key === "u" && value !== undefined && /^[0-7]$/.test(value)) to.urgency = Number(value);
    else if (key === "i" && (value === undefined || value === "?1")) to.incremental = true;
    else if (key === "i" && value === "?0") to.incremental = false;
  }
}

const MEMBER = /^[ \t]*([a-z*][a-z0-9_.*-]*)(?:=([^;]*?))?(?:;.*)?[ \t]*$/;
