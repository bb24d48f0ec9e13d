/** Fatal alerts in the clear (RFC 8446 section 6), for handshakes that are refused before anybody speaks TLS. */

/** The few that a proxy sends by itself. */
export const ALERT = {
  handshakeFailure: 40,
  decodeError: 50,
  internalError: 80,
  unrecognizedName: 112,
} as const;

export function alertRecord(description: (typeof ALERT)[keyof typeof ALERT]): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, FATAL, description]);
}

const FATAL = 2;
