/**
 * `if ($host = shop.example) { return 301 …; }` in a server, as certbot writes it: a server of its own for that name.
 * Every other condition is left to whoever reads the server.
 */
import { parseHostPattern } from "../../values/host-pattern.ts";
import type { Directive } from "../directives/directive.ts";
import type { HttpServer } from "./http-servers.ts";

/** The parts that conditions cut out, then what is left of the server. */
export function splitByHost(server: HttpServer): HttpServer[] {
  const parts: HttpServer[] = [];
  let names = server.names;
  for (const directive of server.scope.peek("if")) {
    const host = hostOf(directive);
    if (host === null || !names.includes(host)) continue;
    const inner = server.scope.child(directive);
    const returned = inner.own("return")[0]!;
    parts.push({ ...server, names: [host], returned, mayBeDefault: false });
    names = names.filter((name) => name !== host);
  }
  return [...parts, { ...server, names }];
}

/** The name that a condition asks for, when all it does is return. */
function hostOf({ words, block }: Directive): string | null {
  const condition = words.map(({ text }) => text).join(" ");
  const [, name] = /^\(\s*\$(?:host|http_host)\s+=\s+([^\s)]+)\s*\)$/.exec(condition) ?? [];
  if (name === undefined || block?.length !== 1 || block[0]!.name !== "return") return null;
  const host = parseHostPattern(name);
  return host.ok ? host.value : null;
}
