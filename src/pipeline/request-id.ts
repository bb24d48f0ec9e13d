/**
 * Request ids: 32 hexadecimal digits, unique over processes and restarts with near certainty. They name,
 * they do not protect: nobody should treat one as a secret.
 */
import type { Random } from "../base/random.ts";

export type RequestIds = () => string;

/** The first half is the process's own, the second half is a random walk that a counter keeps from repeating. */
export function createRequestIds(random: Random): RequestIds {
  const prefix = hex8(random.nextUint32()) + hex8(random.nextUint32());
  let counter = random.nextUint32();
  return () => {
    counter = (counter + 1) >>> 0;
    return prefix + hex8(random.nextUint32()) + hex8(counter);
  };
}

/** A kept id must be short and harmless in logs and fields. */
export function isAcceptableId(id: string): boolean {
  return id.length > 0 && id.length <= 128 && /^[\w.:+/=-]+$/.test(id);
}

function hex8(word: number): string {
  return (
    HEX_BYTES[word >>> 24]! +
    HEX_BYTES[(word >>> 16) & 255]! +
    HEX_BYTES[(word >>> 8) & 255]! +
    HEX_BYTES[word & 255]!
  );
}

const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);
