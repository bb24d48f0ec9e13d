/**
 * The two messages of the gRPC health checking protocol, in protobuf behind gRPC's five bytes: a flag and the length.
 * They have one field each, so no more of protobuf is read than that.
 */

/** `HealthCheckRequest { string service = 1; }`; an empty service is the server as a whole. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([STRING_1]), varint(name.length), name]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Of `HealthCheckResponse { ServingStatus status = 1; }`; null when it is none. */
export function servingStatus(received: Buffer): string | null {
  if (received.length < PREFIX_BYTES || received[0] !== 0) return null;
  const message = received.subarray(PREFIX_BYTES);
  if (message.length !== received.readUInt32BE(1)) return null;
  // What is not sent has the value 0.
  if (message.length === 0) return STATUSES[0]!;
  if (message.length !== 2 || message[0] !== VARINT_1) return null;
  return STATUSES[message[1]!] ?? null;
}

function varint(value: number): Buffer {
  return value < 0x80 ? Buffer.from([value]) : Buffer.from([(value & 0x7f) | 0x80, value >>> 7]);
}

const PREFIX_BYTES = 5;
/** Field 1 with a length before it, and field 1 as a number. */
const STRING_1 = 0x0a;
const VARINT_1 = 0x08;
const STATUSES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
