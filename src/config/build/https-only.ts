/**
 * `https_only`: requests that come in the clear are told where TLS is spoken. It is a route like any other, for all
 * paths of all hosts, at the other port of the same address; whatever else is routed there takes precedence.
 */
import { diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import { originOf, type Place } from "../source/source-text.ts";
import { formatAddress } from "../values/listen-address.ts";
import type { ListenerDraft } from "./listeners.ts";
import type { BuiltRoute, RouteSurroundings } from "./routes.ts";

export function httpsRedirects(around: RouteSurroundings): BuiltRoute<HttpRouteModel>[] {
  return around.listeners.redirected().flatMap((draft) =>
    draft.redirects.flatMap(({ port, place }) => {
      const plain = redirectingListener(draft, port, place, around);
      return plain === null ? [] : [{ model: redirect(draft, plain, place, around), node: place }];
    }),
  );
}

function redirectingListener(
  draft: ListenerDraft,
  port: number,
  place: Place,
  { listeners, found }: RouteSurroundings,
): ListenerDraft | null {
  const plain = listeners.atPort(draft, port, place);
  if (plain.tlsPlace === null) return listeners.claim(plain, "http", place);
  const message = `${quoted(formatAddress(plain.address))} speaks TLS itself, so nothing comes there in the clear`;
  found.add(
    diagnose("config.conflict", place, message, { suggestion: "set `redirect_from` to another port" }),
  );
  return null;
}

function redirect(
  { name, address }: ListenerDraft,
  plain: ListenerDraft,
  place: Place,
  { settings }: RouteSurroundings,
): HttpRouteModel {
  const port = address.kind === "tcp" && address.port !== HTTPS_PORT ? `:${address.port}` : "";
  return {
    kind: "http",
    // No document has a route by this label: theirs end with a number.
    label: `${name}/https`,
    listeners: [plain.name],
    origin: originOf(place),
    match: { hosts: [], path: { kind: "prefix", template: "/" }, methods: [], headers: [], query: [] },
    action: { kind: "redirect", to: `https://{host}${port}{path}`, status: 308 },
    retry: null,
    hedge: null,
    split: null,
    mirrors: [],
    grpcWeb: null,
    limits: settings.limits,
    timeouts: settings.timeouts,
  };
}

const HTTPS_PORT = 443;
