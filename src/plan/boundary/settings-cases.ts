/** Requests that only a changed setting tells apart: from a client that is trusted or not, and just over a limit. */
import type { Settings } from "../../config/model.ts";
import { requestBytes } from "../../explain/request.ts";
import { type AskedRequest, askedAt, authorityAt, type RequestParts } from "../asked-request.ts";
import type { Side } from "../side.ts";
import { hostSample } from "./host-samples.ts";

export function* settingsCases(before: Side, after: Side): Generator<AskedRequest> {
  const [old, fresh] = [before.configuration.settings, after.configuration.settings];
  for (const socket of after.sockets) {
    if (socket.protocol !== "http") continue;
    const authority = authorityAt(socket, hostSample(null));
    const ask = (parts: Partial<RequestParts>) =>
      askedAt(socket, { method: "GET", authority, target: "/", ...parts });
    for (const from of otherwiseTrusted(old, fresh)) yield ask({ from, headers: CLAIMS });
    yield* overLimits(old, fresh, ask);
  }
}

/** An address of each network that only one of the two trusts by name. */
function otherwiseTrusted(old: Settings, fresh: Settings): string[] {
  const networks = new Set(old.trustedProxies).symmetricDifference(new Set(fresh.trustedProxies));
  return [...networks].map((network) => network.split("/", 1)[0]!);
}

/** The smaller of two limits, exceeded by one. */
function* overLimits(
  { limits: old }: Settings,
  { limits: fresh }: Settings,
  ask: (parts: Partial<RequestParts>) => AskedRequest,
): Generator<AskedRequest> {
  const smaller = (key: "lineBytes" | "headBytes" | "fieldCount") =>
    old[key] === fresh[key] ? Number.POSITIVE_INFINITY : Math.min(old[key], fresh[key]);
  const line = smaller("lineBytes");
  if (line <= LARGEST) yield ask({ target: `/${"x".repeat(Math.max(0, line - EMPTY_LINE))}` });
  const fields = smaller("fieldCount");
  if (fields <= MOST_FIELDS)
    yield ask({ headers: Array.from({ length: fields }, (_, at) => [`x-${at}`, "1"]) });
  const head = smaller("headBytes");
  if (head > LARGEST) return;
  const bare = requestBytes(ask({ headers: [["x-long", ""]] })).length;
  yield ask({ headers: [["x-long", "x".repeat(Math.max(1, head - bare + 1))]] });
}

/** What nobody believes of a stranger. */
const CLAIMS: NonNullable<RequestParts["headers"]> = [
  ["x-forwarded-for", "203.0.113.9"],
  ["x-forwarded-proto", "https"],
  ["x-request-id", "claimed"],
];
const EMPTY_LINE = "GET / HTTP/1.1\r\n".length - 1;
/** Larger heads are seldom meant, and nobody wants to see one as an example. */
const LARGEST = 64 * 1024;
const MOST_FIELDS = 10_000;
