/** What a server answers to a WebSocket's key, to show that it has read it (RFC 6455 section 4.2.2). */
import { createHash } from "node:crypto";

export function acceptFor(key: string): string {
  return createHash("sha1").update(`${key}${GUID}`, "latin1").digest("base64");
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
