/** `http` with its `server` blocks: addresses, names, and the routes of each. */
import { quoted } from "../../diagnostics/wording.ts";
import type { Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { ListenerTlsDraft } from "../draft/document-draft.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { emitRoutes } from "../http/emit-routes.ts";
import type { LadderRule } from "../http/ladder.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";
import { hostVariants, noteDefaultServer } from "../http/virtual-hosts.ts";
import { nativeAddresses, withNative } from "./addresses.ts";
import { splitByHost } from "./host-conditions.ts";
import { type Listen, readListen } from "./listen.ts";
import { readReturn } from "./return-directive.ts";
import { readServerNames } from "./server-names.ts";
import { everything, serverRules } from "./server-rules.ts";
import { readTls } from "./tls.ts";
import type { UpstreamBlocks } from "./upstream-block.ts";

export interface HttpSurroundings {
  readonly blocks: UpstreamBlocks;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
  readonly isHttp: (scope: Scope) => boolean;
}

/** A server, or the part of one that a condition on `$host` cuts out. */
export interface HttpServer {
  readonly scope: Scope;
  readonly listens: readonly Listen[];
  readonly names: readonly string[];
  /** Answers everything, instead of the locations. */
  readonly returned: Directive | null;
  /** Whether names that nobody has may end up here. */
  readonly mayBeDefault: boolean;
}

export function convertServers(scopes: readonly Scope[], around: HttpSurroundings): void {
  const { findings } = around;
  const servers = withoutTakenNames(withNativeAddresses(scopes, findings), findings).flatMap(splitByHost);
  const addresses = gatherAddresses(servers);
  for (const shared of addresses.values()) shared.tls = tlsOf(shared, findings);
  for (const server of servers) convertServer(server, addresses, around);
}

/** The servers of an address, and the one that takes what no other does. */
interface SharedAddress {
  readonly address: string;
  readonly servers: HttpServer[];
  default: HttpServer | null;
  tls: ListenerTlsDraft | null;
}

/** One server that speaks TLS makes all of an address speak it. */
function tlsOf(
  { servers, default: first, address }: SharedAddress,
  findings: Findings,
): ListenerTlsDraft | null {
  const listens = servers.flatMap((server) => server.listens.filter((each) => each.address === address));
  const spoken = listens.find(({ tls }) => tls);
  if (spoken === undefined) return null;
  const order = [...(first === null ? [] : [first]), ...servers];
  return readTls([...new Set(order.map(({ scope }) => scope))], spoken.directive, findings);
}

function gatherAddresses(servers: readonly HttpServer[]): ReadonlyMap<string, SharedAddress> {
  const addresses = new Map<string, SharedAddress>();
  const chosen = new Set<string>();
  for (const server of servers) {
    for (const { address, isDefault } of server.listens) {
      const shared = addresses.get(address) ?? { address, servers: [], default: null, tls: null };
      addresses.set(address, shared);
      shared.servers.push(server);
      if (!server.mayBeDefault) continue;
      // The first, unless another one says that it is.
      if (isDefault && !chosen.has(address)) shared.default = server;
      if (isDefault) chosen.add(address);
      shared.default ??= server;
    }
  }
  return addresses;
}

function withNativeAddresses(scopes: readonly Scope[], findings: Findings): HttpServer[] {
  const servers = scopes.map((scope) => readServer(scope, findings));
  const native = nativeAddresses(
    servers.map(({ listens }) => listens),
    findings,
  );
  return servers.map((server) => ({ ...server, listens: withNative(server.listens, native) }));
}

function readServer(scope: Scope, findings: Findings): HttpServer {
  const written = scope.own("listen");
  const listens = written.flatMap((directive) => readListen(directive, "http", findings) ?? []);
  const implied = { address: "0.0.0.0:80", isDefault: false, tls: false, directive: scope.directive! };
  const names = readServerNames(scope.own("server_name"), findings);
  return {
    scope,
    listens: written.length === 0 ? [implied] : listens,
    names,
    returned: null,
    mayBeDefault: true,
  };
}

/** Of two servers with one name on one address nginx takes the first. */
function withoutTakenNames(servers: readonly HttpServer[], findings: Findings): HttpServer[] {
  const taken = new Map<string, Scope>();
  return servers.map((server) => {
    const names = server.names.filter((name) => {
      const keys = server.listens.map(({ address }) => `${address} ${name}`);
      const other = keys.map((key) => taken.get(key)).find((scope) => scope !== undefined);
      for (const key of keys) if (!taken.has(key)) taken.set(key, server.scope);
      if (other === undefined) return true;
      const message = `${quoted(name)} belongs to another server on this address, which comes first`;
      findings.note("convert.unreachable", server.scope.directive!.head, message);
      return false;
    });
    return { ...server, names };
  });
}

function convertServer(
  server: HttpServer,
  addresses: ReadonlyMap<string, SharedAddress>,
  around: HttpSurroundings,
): void {
  const groups = variantsOf(server, addresses);
  const { directive } = server.scope;
  if (server.listens.length > 0 && groups.length === 0) {
    const message = "the server was left out: no request has a name that leads to it";
    around.findings.note("convert.unreachable", directive!.head, message);
    server.scope.markLeftOut(directive!);
    return;
  }
  if (groups.some(({ hosts }) => hosts.length === 0)) {
    noteDefaultServer(
      server.names,
      server.scope.peek("server_name")[0]?.head ?? directive!.head,
      around.findings,
    );
  }
  const served = groups.map(({ hosts, listens }) => ({
    hosts,
    listen: listens.map((listen) =>
      around.builder.listener(listen.address, listen.directive, addresses.get(listen.address)?.tls ?? null),
    ),
  }));
  emitRoutes(rulesOf(server, around), served, around.builder, around.findings);
}

interface Group {
  readonly hosts: readonly string[];
  readonly listens: readonly Listen[];
}

/** Under which names the server is reached, and on which of its addresses. */
function variantsOf(server: HttpServer, addresses: ReadonlyMap<string, SharedAddress>): Group[] {
  const groups = new Map<string, { hosts: readonly string[]; listens: Listen[] }>();
  for (const listen of server.listens) {
    const shared = addresses.get(listen.address)!;
    const others = () => shared.servers.filter((each) => each !== server).flatMap(({ names }) => names);
    const named = { names: server.names, isDefault: shared.default === server };
    for (const hosts of hostVariants(named, others)) {
      const group = groups.get(hosts.join()) ?? { hosts, listens: [] };
      group.listens.push(listen);
      groups.set(hosts.join(), group);
    }
  }
  return [...groups.values()];
}

function rulesOf(server: HttpServer, around: HttpSurroundings): readonly LadderRule<RuleValue>[] {
  const redirects = redirectSurroundings(server);
  const { scope, returned } = server;
  if (returned !== null) {
    const action = readReturn(returned, scope, redirects, around.findings);
    return [everything(answering(action, returned))];
  }
  const rules = serverRules(scope, { ...around, redirects });
  if (rules.some(({ kind, text }) => kind === "prefix" && text === "/")) return rules;
  const message = "what no location takes is answered with 404; nginx would look for a file";
  around.findings.note("convert.default", scope.directive!.head, message);
  // A host that has no route at all would fall to the routes without a host.
  return rules.length > 0 ? rules : [everything(answering(respondWith(404), scope.directive!))];
}

function redirectSurroundings({ listens, names }: HttpServer) {
  const schemes = new Set(listens.map(({ tls }) => (tls ? "https" : "http")));
  const ports = new Set(listens.map(({ address }) => /:(\d+)$/.exec(address)?.[1] ?? null));
  return {
    scheme: schemes.size === 1 ? [...schemes][0]! : null,
    serverName: names.find((name) => !name.startsWith("*")) ?? null,
    port: ports.size === 1 ? [...ports][0]! : null,
    groups: [],
  };
}
