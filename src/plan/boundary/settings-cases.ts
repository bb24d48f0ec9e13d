/** Requests that only a changed setting tells apart: from a client that is trusted or not, and just over a limit. */
import type { HttpRouteModel, Settings } from "../../config/model.ts";
import { requestBytes } from "../../explain/request.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import { hostsOf } from "../structure/route-key.ts";
import { type Conditions, metConditions } from "./condition-values.ts";
import { hostSample } from "./host-samples.ts";
import { pathEdges } from "./path-edges.ts";
import { methodOf, PlainRequest } from "./route-edges.ts";

/** Each to a route that sends its requests on, the first of its listener. */
export function* settingsCases(before: Side, after: Side, samples: Samples): Generator<AskedRequest> {
  const [old, fresh] = [before.configuration.settings, after.configuration.settings];
  for (const { name } of after.configuration.listeners) {
    const route = [...after.routes.values()].find((each): each is HttpRouteModel => {
      return each.kind === "http" && each.action.kind === "proxy" && each.listeners.includes(name);
    });
    if (route === undefined) continue;
    const met = metConditions(route.match, samples);
    const path = pathEdges(route.match.path, samples)[0];
    if (met === null || path === undefined) continue;
    const host = hostSample(hostsOf(route.match)[0]!);
    const plain = new PlainRequest(after.socketNamed(name)!, host, methodOf(route), path, met);
    for (const from of otherwiseTrusted(old, fresh)) {
      yield plain.with({ from, conditions: withFields(met, ...CLAIMS) });
    }
    yield* overLimits(old, fresh, plain, path);
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
  plain: PlainRequest,
  path: string,
): Generator<AskedRequest> {
  const smaller = (key: "lineBytes" | "headBytes" | "fieldCount") =>
    old[key] === fresh[key] ? Number.POSITIVE_INFINITY : Math.min(old[key], fresh[key]);
  const { conditions: met } = plain;
  const bare = plain.with({ conditions: withFields(met, ["x-long", ""]) });
  const line = smaller("lineBytes") + 1 - requestBytes(bare).indexOf("\r\n") - "\r\n".length;
  if (line > 0 && line <= LARGEST)
    yield plain.with({ path: `${path}${path.includes("?") ? "&" : "?"}`.padEnd(path.length + line, "x") });
  const head = smaller("headBytes") + 1 - requestBytes(bare).length;
  if (head > 0 && head <= LARGEST)
    yield plain.with({ conditions: withFields(met, ["x-long", "x".repeat(head)]) });
  const fields = smaller("fieldCount");
  if (fields > MOST_FIELDS) return;
  const many = Array.from({ length: fields }, (_, index) => [`x-${index}`, "1"] as const);
  yield plain.with({ conditions: withFields(met, ...many) });
}

function withFields({ headers, query }: Conditions, ...added: Conditions["headers"]): Conditions {
  return { headers: [...headers, ...added], query };
}

/** What nobody believes of a stranger. */
const CLAIMS: Conditions["headers"] = [
  ["x-forwarded-for", "203.0.113.9"],
  ["x-forwarded-proto", "https"],
  ["x-request-id", "claimed"],
];
/** Larger heads are seldom meant, and nobody wants to see one as an example. */
const LARGEST = 64 * 1024;
const MOST_FIELDS = 10_000;
