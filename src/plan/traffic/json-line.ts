/** A line of our own access log (docs/logging.md). */
import { isIP } from "node:net";
import { OTHER, requestItem, type TrafficItem, unreadable } from "./traffic-request.ts";

export function readJsonLine(line: string): TrafficItem {
  const fields = parsed(line);
  if (fields === null) return unreadable("no JSON object");
  const { event, kind, method, path, host, listener, client } = fields;
  if (typeof event !== "string")
    return unreadable("a JSON object without `event`, so not of Portward's access log");
  // What is wrong with a failed exchange stands in the error log as well, and is not to be counted twice.
  if (event !== "exchange" || kind !== "http") return OTHER;
  if (typeof method !== "string" || typeof path !== "string") return OTHER;
  return requestItem({
    method,
    target: path,
    authority: typeof host === "string" ? host : "",
    listener: typeof listener === "string" ? listener : null,
    port: null,
    headers: [],
    from: typeof client === "string" && isIP(client) !== 0 ? client : null,
  });
}

interface Line {
  readonly event?: unknown;
  readonly kind?: unknown;
  readonly method?: unknown;
  readonly path?: unknown;
  readonly host?: unknown;
  readonly listener?: unknown;
  readonly client?: unknown;
}

function parsed(line: string): Line | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
