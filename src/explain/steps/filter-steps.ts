/** What the route's filters do with this request. */
import { webCallIn } from "../../pipeline/grpc-web.ts";
import { type Matter, type Step, step } from "./step.ts";

/** Nothing for requests that no filter changes. */
export function filterSteps({ decision, routes, provenance }: Matter): Step[] {
  const route = routes.get(decision.route!)!;
  if (route.kind !== "http" || route.grpcWeb === null) return [];
  const call = webCallIn(decision.http!.head);
  if (call === null) return [];
  const text = `grpc_web makes a call of gRPC of it${call.isText ? ", and reads and writes base64" : ""}`;
  const source = provenance.route(route.label, "filters");
  return [step("filter", text, { source, facts: { filter: "grpc_web", content_type: call.callType } })];
}
