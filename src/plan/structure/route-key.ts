/**
 * What a route asks, in a form that is equal exactly when routing cannot tell two apart: `/{id}` and `/{name}` are one
 * path, and methods and fields have no order. One listener, host, path and set of conditions is a "place"; no two
 * routes of a configuration have the same, so that places tell which route of before is which of now.
 */
import type { HttpRouteModel, RouteModel, TlsRouteModel } from "../../config/model.ts";
import { parseExactPath, parseTemplate } from "../../routing/path-template.ts";
import type { PathPattern, RouteMatch, ValueMatch } from "../../routing/route-match.ts";
import type { Side } from "../side.ts";
import { canonicalJson } from "./aspects.ts";

/** All places of a route: one for each of its listeners and hosts. */
export function placesOf(route: RouteModel, side: Side): string[] {
  const sockets = socketKeysOf(route, side);
  if (route.kind === "tcp") return sockets.map((socket) => JSON.stringify([socket]));
  if (route.kind === "tls") return tlsPlaces(route, sockets);
  const { match } = route;
  const rest = [pathKey(match.path), conditionsKey(match)];
  return sockets.flatMap((socket) => hostsOf(match).map((host) => JSON.stringify([socket, host, ...rest])));
}

function tlsPlaces({ hosts, alpn }: TlsRouteModel, sockets: readonly string[]): string[] {
  const names = hosts.length === 0 ? [null] : [...hosts].sort();
  const rest = ["tls", [...alpn].sort()];
  return sockets.flatMap((socket) => names.map((host) => JSON.stringify([socket, host, ...rest])));
}

export function socketKeysOf({ listeners }: RouteModel, side: Side): string[] {
  return listeners.map((name) => side.socketNamed(name)!.key).sort();
}

/** Null stands for any host. */
export function hostsOf({ hosts }: RouteMatch): readonly (string | null)[] {
  return hosts.length === 0 ? [null] : [...hosts].sort();
}

export function pathKey(path: PathPattern): string {
  switch (path.kind) {
    case "regex":
      return JSON.stringify(["regex", path.source]);
    case "exact": {
      const exact = parseExactPath(path.path);
      return JSON.stringify(["exact", exact.ok ? exact.value : path.path]);
    }
    case "prefix": {
      const template = parseTemplate(path.template);
      if (!template.ok) return JSON.stringify(["prefix", path.template]);
      return JSON.stringify(["prefix", template.value.segments, template.value.below]);
    }
  }
}

export function conditionsKey({
  hosts: _hosts,
  path: _path,
  methods,
  headers,
  query,
  ...rest
}: RouteMatch): string {
  return canonicalJson([[...methods].sort(), byName(headers), byName(query), rest]);
}

/** Names of captures become their position: what they are called is nobody's business but the route's own. */
export function withoutNames(text: string, { match }: HttpRouteModel): string {
  const names = captureNames(match.path);
  return text.replace(CAPTURE, (whole, name: string) => {
    const index = names.indexOf(name);
    return index === -1 ? whole : `{#${index}}`;
  });
}

/** Whether the path ends in `{*rest}`: a prefix rewrite then replaces all of the path. */
export function takesRemainder({ path }: RouteMatch): boolean {
  if (path.kind !== "prefix") return false;
  const template = parseTemplate(path.template);
  return template.ok && template.value.rest;
}

/** The names of a pattern stand in the pattern itself, so they stay. */
function captureNames(path: PathPattern): readonly string[] {
  if (path.kind !== "prefix") return [];
  const template = parseTemplate(path.template);
  return template.ok ? template.value.names : [];
}

function byName(matches: readonly ValueMatch[]): ValueMatch[] {
  return [...matches].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const CAPTURE = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
