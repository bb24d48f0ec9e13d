/**
 * A line of our own access log (docs/logging.md), or a recent request of a running instance in the same words. Of the
 * latter the names of its header fields are known and the values are not.
 */
import { isIP } from "node:net";
import { parseFieldName } from "../../config/values/header-field.ts";
import { FIELD, fieldId } from "../../protocol/http/field-names.ts";
import { OTHER, requestItem, type TrafficItem, unreadable } from "./traffic-request.ts";

export function readJsonLine(line: string): TrafficItem {
  const fields = parsed(line);
  if (fields === null) return unreadable("no JSON object");
  const { event, kind, method, path, host, listener, client, field_names: names, cut } = fields;
  if (typeof event !== "string")
    return unreadable("a JSON object without `event`, so not of Portward's access log");
  // What is wrong with a failed exchange stands in the error log as well, and is not to be counted twice.
  if (event !== "exchange" || kind !== "http") return OTHER;
  if (typeof method !== "string" || typeof path !== "string" || cut === true) return OTHER;
  return requestItem({
    method,
    target: path,
    authority: typeof host === "string" ? host : "",
    listener: typeof listener === "string" ? listener : null,
    port: null,
    headers: Array.isArray(names) ? names.filter(isPassedOn).map((name) => [name, UNKNOWN]) : [],
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
  readonly field_names?: unknown;
  /** It was longer than what is kept. */
  readonly cut?: unknown;
}

/** Fields that steer the proxy itself would steer it with a value that they did not have. */
function isPassedOn(name: unknown): name is string {
  if (typeof name !== "string" || !parseFieldName(name).ok) return false;
  const bytes = Buffer.from(name, "latin1");
  return fieldId(bytes, 0, bytes.length) === FIELD.other;
}

function parsed(line: string): Line | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** A value that says that there is one. */
const UNKNOWN = "***";
