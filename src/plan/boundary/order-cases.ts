/** Requests that fit two routes whose order decides, and has changed. */
import type { AskedRequest } from "../asked-request.ts";
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import type { Reordered } from "../structure/order.ts";
import { hostSample } from "./host-samples.ts";
import { pathEdges } from "./path-edges.ts";
import { methodOf, PlainRequest } from "./route-edges.ts";

export function* orderCases(
  reordered: readonly Reordered[],
  after: Side,
  samples: Samples,
): Generator<AskedRequest> {
  for (const { socket, host, first, second, common } of reordered) {
    const at = after.socketWithKey(socket);
    const path = common?.path ?? pathEdges(first.match.path, samples)[0];
    if (common === null || at === null || path === undefined) continue;
    const method = first.match.methods.length === 0 ? methodOf(second) : commonMethod(first, second);
    yield new PlainRequest(at, hostSample(host), method, path, common).with({});
  }
}

function commonMethod(first: Reordered["first"], second: Reordered["second"]): string {
  const { methods } = second.match;
  return first.match.methods.find((each) => methods.length === 0 || methods.includes(each)) ?? "GET";
}
