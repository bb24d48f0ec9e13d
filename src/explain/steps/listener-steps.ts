/** Where the request comes in, and what is believed of the client. */
import { isIP } from "node:net";
import type { ListenerModel } from "../../config/model.ts";
import { itemsOf } from "../../config/source/config-node.ts";
import { formatAddress } from "../../config/values/listen-address.ts";
import type { RequestUrl } from "../../config/values/request-url.ts";
import { createTrustCheck } from "../../pipeline/trusted-proxies.ts";
import type { ListenerChoice } from "../decision.ts";
import { type Matter, type Step, type StepSource, step } from "./step.ts";

export function listenerStep({ decision, configuration, provenance }: Matter): Step {
  const { listener, request } = decision;
  if (listener === null) {
    const known = configuration.listeners.map(nameOf);
    return step("listener", `nothing listens on port ${request.url.port}`, {
      remark: known.length === 0 ? null : `listeners: ${known.join(", ")}`,
      facts: { listener: null, listeners: known },
    });
  }
  const { model, reason } = listener;
  const isNamed = provenance.listener(model.name, "address").node !== null;
  const source: StepSource = { from: isNamed ? "listener" : "route", origin: model.origin };
  return step("listener", nameOf(model), {
    remark: [reasonText(listener, request.url.port), tlsRemark(model, request.url)]
      .filter(Boolean)
      .join("; "),
    source,
    facts: {
      listener: model.name,
      address: formatAddress(model.address),
      protocol: model.protocol,
      tls: model.tls !== null,
      tls_name: nameAskedFor(request.url),
      reason,
    },
  });
}

export function clientStep({ decision, provenance, configuration }: Matter): Step {
  const { address, trusted } = decision.http!.client;
  const { trustedProxies } = configuration.settings;
  const index = trusted ? trustedProxies.findIndex((network) => createTrustCheck([network])(address)) : -1;
  const setting = provenance.setting("trusted_proxies");
  const items = setting.node === null ? [] : itemsOf(setting.node);
  const source = { from: setting.from, node: items[index] ?? setting.node };
  const name = address === "" ? "a client of a Unix socket" : address;
  const text = trusted
    ? `${name}, trusted as part of ${trustedProxies[index]}`
    : `${name}, not a trusted proxy`;
  return step("client", text, { source, facts: { address, trusted } });
}

function nameOf({ name, address, protocol }: ListenerModel): string {
  const at = formatAddress(address);
  const kind = protocol === "http" ? "" : ` (${protocol})`;
  return name === at ? `${at}${kind}` : `${name} at ${at}${kind}`;
}

function reasonText({ model, reason, others }: ListenerChoice, port: number | null): string {
  const rest = others.map(({ name }) => name).join(", ");
  switch (reason) {
    case "given":
      return "";
    case "port":
      return port === null ? "it has the scheme's own port" : "";
    case "address":
      return `it has the address as well, unlike ${rest}`;
    case "only":
      return `the URL names no port, and this is the only ${model.protocol} listener`;
    case "firstWithRoute":
      return `${others.length + 1} would do; this is the first that has a route for the request (others: ${rest})`;
    case "first":
      return `${others.length + 1} would do, and none has a route for the request (others: ${rest})`;
  }
}

/** A URL in the clear at a port with TLS is answered with a hint and never routed; what is explained is what was meant. */
function tlsRemark({ tls, protocol }: ListenerModel, url: RequestUrl): string {
  const { scheme } = url;
  if (protocol === "tls") return "";
  if (tls !== null && scheme === "https")
    return `TLS ends here${tls.internal ? ", by certificates of this machine's own authority" : ""}; the client asks for ${nameAskedFor(url) ?? "no name"}`;
  if (tls !== null) return "it speaks TLS: use `https://`";
  return scheme === "http" ? "" : "it does not speak TLS: this is what follows when a proxy in front does";
}

/** An address is not sent in a ClientHello (RFC 6066 section 3). */
function nameAskedFor({ scheme, host }: RequestUrl): string | null {
  return scheme === "https" && isIP(host) === 0 ? host : null;
}
