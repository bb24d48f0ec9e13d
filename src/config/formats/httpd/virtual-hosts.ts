/** Which hosts answer on which address: `Listen`, `<VirtualHost>`, `ServerName`, `ServerAlias`. */
import { quoted } from "../../diagnostics/wording.ts";
import { parseHostPattern } from "../../values/host-pattern.ts";
import { argument, type Directive, type Word } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { Findings } from "../findings.ts";
import { hostVariants } from "../http/virtual-hosts.ts";

export interface Listener {
  /** As a native listener has it. */
  readonly address: string;
  readonly ip: string | null;
  readonly port: string;
  readonly directive: Directive;
}

export interface Host {
  readonly scope: Scope;
  readonly names: readonly string[];
}

/** A host with the names that lead to it on some of its addresses. */
export interface Reached {
  readonly host: Host;
  readonly groups: readonly { readonly hosts: readonly string[]; readonly listeners: readonly Listener[] }[];
}

/** `Listen`, or what the hosts say when a file of `sites-available` stands alone. */
export function readListeners(main: Scope, hosts: readonly Scope[], findings: Findings): Listener[] {
  const written = main.own("listen").flatMap((directive) => {
    const listener = listenerAt(argument(directive, 0), directive);
    if (listener === null) {
      findings.error(
        "convert.value",
        directive.head,
        `${quoted(argument(directive, 0))} is not an address to listen on`,
      );
      return [];
    }
    if (argument(directive, 1).toLowerCase() === "https") noteTls(directive, findings);
    return [listener];
  });
  if (written.length > 0) return written;
  const ports = hosts.flatMap(({ directive }) =>
    directive!.words.flatMap(({ text }) => listenerAt(/:(\d+)$/.exec(text)?.[1] ?? "80", directive!) ?? []),
  );
  const unique = [...new Map(ports.map((listener) => [listener.port, listener])).values()];
  for (const { port, directive } of unique) {
    findings.note(
      "convert.default",
      directive.head,
      `there is no \`Listen\` in these files: port ${port} is taken from the host`,
    );
  }
  return unique;
}

export function readHost(scope: Scope, findings: Findings): Host {
  const words = [...scope.own("servername"), ...scope.own("serveralias")].flatMap(
    (directive) => directive.words,
  );
  const names = words.flatMap((word) => hostPattern(word, findings) ?? []);
  return { scope, names: [...new Set(names)] };
}

/** Of the hosts on an address the first takes what no other has the name for. */
export function reachHosts(listeners: readonly Listener[], hosts: readonly Host[], main: Host): Reached[] {
  const reached = new Map<Host, Map<string, { hosts: readonly string[]; listeners: Listener[] }>>();
  for (const listener of listeners) {
    const here = hosts.filter(({ scope }) =>
      scope.directive!.words.some(({ text }) => serves(text, listener)),
    );
    const specific = here.filter(({ scope }) =>
      scope.directive!.words.some(({ text }) => isSpecific(text, listener)),
    );
    const peers = specific.length > 0 ? specific : here;
    const taken = new Set<string>();
    for (const [index, host] of (peers.length > 0 ? peers : [main]).entries()) {
      // What a host before has already is not this one's.
      const names = host.names.filter((name) => !taken.has(name));
      for (const name of names) taken.add(name);
      const others = () => peers.filter((peer) => peer !== host).flatMap((peer) => peer.names);
      const groups = reached.get(host) ?? new Map();
      reached.set(host, groups);
      for (const hosts of hostVariants({ names, isDefault: index === 0 }, others)) {
        const group = groups.get(hosts.join()) ?? { hosts, listeners: [] };
        group.listeners.push(listener);
        groups.set(hosts.join(), group);
      }
    }
  }
  return [...hosts, main].map((host) => ({ host, groups: [...(reached.get(host)?.values() ?? [])] }));
}

export function noteTls(directive: Directive, findings: Findings): void {
  findings.note(
    "convert.not_carried",
    directive.head,
    "TLS is not carried over yet; this port speaks without it",
  );
}

function listenerAt(text: string, directive: Directive): Listener | null {
  const [, written, port] =
    /^(?:(\*|[0-9]+(?:\.[0-9]+){3}|\[[0-9a-fA-F:.]+\]):)?([0-9]{1,5})$/.exec(text) ?? [];
  if (port === undefined) return null;
  const ip = written === undefined || written === "*" ? null : written;
  return { address: ip === null ? port : `${ip}:${port}`, ip, port, directive };
}

/** Whether a host of this address (`*:80`, `10.0.0.1:80`, `_default_`) takes connections of the listener. */
function serves(text: string, { ip, port }: Listener): boolean {
  const [, host = text, written = "*"] = /^(.*):(\d+|\*)$/.exec(text) ?? [];
  if (written !== "*" && written !== port) return false;
  return ip === null || host === ip || host === "*" || host.toLowerCase() === "_default_";
}

function isSpecific(text: string, { ip }: Listener): boolean {
  return ip !== null && text.startsWith(ip);
}

/** `ServerName` may have a scheme and a port. Null after a note. */
function hostPattern(word: Word, findings: Findings): string | null {
  const bare = word.text.replace(/^[a-z]+:\/\//i, "").replace(/:\d+$/, "");
  const pattern = parseHostPattern(bare);
  if (pattern.ok) return pattern.value;
  const message = `the name ${quoted(word.text)} is not carried over: a \`*\` can only stand for the labels in front`;
  findings.note("convert.not_carried", word, message);
  return null;
}
