/**
 * Request ids: 32 hexadecimal digits, unique over processes and restarts with near certainty. They name,
 * they do not protect: nobody should treat one as a secret.
 */
import type { Random } from "../base/random.ts";
import { MadeRequestId, type RequestId } from "../protocol/http/request-id.ts";

export type RequestIds = () => RequestId;

/** The first half is the process's own, the second half is a random walk that a counter keeps from repeating. */
export function createRequestIds(random: Random): RequestIds {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(random.nextUint32(), 0);
  prefix.writeUInt32BE(random.nextUint32(), 4);
  const digits = Buffer.from(prefix.toString("hex"));
  let counter = random.nextUint32();
  return () => {
    counter = (counter + 1) >>> 0;
    return new MadeRequestId(digits, random.nextUint32(), counter);
  };
}

/** A kept id must be short and harmless in logs and fields. */
export function isAcceptableId(id: string): boolean {
  return id.length > 0 && id.length <= 128 && /^[\w.:+/=-]+$/.test(id);
}
