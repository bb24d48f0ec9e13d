/**
 * Which listener a URL means. A port that is named is meant; without one, people write `http://shop.example/`
 * whatever port the proxy behind their load balancer has. So the scheme's own port comes first, then the
 * listeners that there are, and the choice says how it came about.
 */
import type { Configuration, ListenerModel } from "../config/model.ts";
import { defaultPort, type RequestUrl } from "../config/values/request-url.ts";
import type { ListenerChoice, ListenerReason } from "./decision.ts";

/**
 * @param hasRoute whether a listener would find a route for the request; asked only when several would do
 * @returns null when the URL names a port that nothing listens on
 */
export function chooseListener(
  url: RequestUrl,
  listeners: Configuration["listeners"],
  hasRoute: (listener: ListenerModel) => boolean,
): ListenerChoice | null {
  const port = url.port ?? defaultPort(url.scheme);
  const atPort = listeners.filter(({ address }) => address.kind === "tcp" && address.port === port);
  const [first] = atPort;
  if (first !== undefined) return amongThose(atPort, url, "port", hasRoute);
  if (url.port !== null) return null;
  const http = listeners.filter(({ protocol }) => protocol === "http");
  const any = http.length > 0 ? http : listeners;
  return any.length > 0 ? amongThose(any, url, "only", hasRoute) : null;
}

function amongThose(
  fitting: readonly ListenerModel[],
  url: RequestUrl,
  reasonIfAlone: ListenerReason,
  hasRoute: (listener: ListenerModel) => boolean,
): ListenerChoice {
  const choice = (model: ListenerModel, reason: ListenerReason): ListenerChoice => {
    return { model, reason, others: fitting.filter((other) => other !== model) };
  };
  if (fitting.length === 1) return choice(fitting[0]!, reasonIfAlone);
  const atAddress = fitting.filter(({ address }) => address.kind === "tcp" && address.host === url.host);
  if (atAddress.length === 1) return choice(atAddress[0]!, "address");
  const routed = fitting.find(hasRoute);
  return routed === undefined ? choice(fitting[0]!, "first") : choice(routed, "firstWithRoute");
}
