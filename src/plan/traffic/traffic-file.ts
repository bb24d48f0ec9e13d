/** A file with a record of traffic, read piece by piece. `/dev/stdin` and pipes will do as well. */
import { createReadStream } from "node:fs";
import type { TrafficSource } from "../make-plan.ts";

export function trafficFile(path: string): TrafficSource {
  return { name: path, pieces: () => createReadStream(path, { highWaterMark: PIECE_BYTES }) };
}

const PIECE_BYTES = 256 * 1024;
