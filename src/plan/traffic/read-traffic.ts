/**
 * A record of traffic, piece by piece: Portward's own access log, nginx's and Apache's combined log, line by line and
 * even mixed, or a browser's archive (HAR). Which of them it is shows in its content.
 */
import { readCombinedLine } from "./combined-line.ts";
import { readHarRequest } from "./har-entry.ts";
import { HarSplitter } from "./har-splitter.ts";
import { readJsonLine } from "./json-line.ts";
import { LineSplitter } from "./line-splitter.ts";
import { type TrafficRequest, unreadable } from "./traffic-request.ts";

export interface TrafficTaker {
  onRequest(request: TrafficRequest): void;
  /** Recorded, but no request that could be asked again. */
  onOther(): void;
  /** @param where `line 7`, `entry 7` */
  onUnreadable(where: string, reason: string): void;
}

/** @returns what makes the record as a whole unusable, as a sentence; null when there is nothing */
export async function readTraffic(
  pieces: AsyncIterable<Uint8Array>,
  taker: TrafficTaker,
): Promise<string | null> {
  const decoder = new TextDecoder();
  let head = "";
  let format: Format | null = null;
  for await (const piece of pieces) {
    if (format === null && head === "" && isCompressed(piece)) return "it is compressed; unpack it first";
    const text = decoder.decode(piece, { stream: true });
    if (format !== null) {
      format.push(text);
      continue;
    }
    head += text;
    if (head.length >= ENOUGH_TO_TELL) format = opened(head, taker);
  }
  format ??= opened(head, taker);
  format.push(decoder.decode());
  return format.end();
}

interface Format {
  push(text: string): void;
  end(): string | null;
}

function opened(head: string, taker: TrafficTaker): Format {
  const format = HAR.test(head) ? harFormat(taker) : lineFormat(taker);
  format.push(head);
  return format;
}

function lineFormat(taker: TrafficTaker): Format {
  const splitter = new LineSplitter({
    onLine(line, number) {
      if (line === null) return taker.onUnreadable(`line ${number}`, "too long");
      const item = line.startsWith("{") ? readJsonLine(line) : readCombinedLine(line);
      take(item, () => `line ${number}`, taker);
    },
  });
  return {
    push: (text) => splitter.push(text),
    end() {
      splitter.end();
      return null;
    },
  };
}

function harFormat(taker: TrafficTaker): Format {
  const splitter = new HarSplitter({
    onRequest(text, number) {
      const item = text === null ? unreadable("too long") : readHarRequest(text);
      take(item, () => `entry ${number}`, taker);
    },
  });
  return {
    push: (text) => splitter.push(text),
    end: () => (splitter.isWhole ? null : "the archive ends in the middle"),
  };
}

function take(item: ReturnType<typeof readJsonLine>, where: () => string, taker: TrafficTaker): void {
  if (item.kind === "request") taker.onRequest(item.request);
  else if (item.kind === "other") taker.onOther();
  else taker.onUnreadable(where(), item.reason);
}

/** gzip's first two bytes. */
function isCompressed(piece: Uint8Array): boolean {
  return piece[0] === 0x1f && piece[1] === 0x8b;
}

const HAR = /^\s*\{\s*"log"\s*:/;
const ENOUGH_TO_TELL = 512;
