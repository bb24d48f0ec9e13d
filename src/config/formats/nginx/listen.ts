/** `listen`: the address, and what its parameters ask for. */
import { quoted } from "../../diagnostics/wording.ts";
import { parseListenAddress } from "../../values/listen-address.ts";
import { argument, type Directive, type Word } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";

export interface Listen {
  /** As a native listener has it, with both families apart: `0.0.0.0:80`, `[::]:80`, `unix:/run/web.sock`. */
  readonly address: string;
  readonly isDefault: boolean;
  readonly tls: boolean;
  readonly directive: Directive;
}

/** Null when nothing native can listen there; a finding says why. */
export function readListen(
  directive: Directive,
  protocol: "http" | "stream",
  findings: Findings,
): Listen | null {
  const address = addressOf(argument(directive, 0), protocol);
  if (address === null) {
    const message = `${quoted(argument(directive, 0))} is not an address that Portward can listen on`;
    findings.error("convert.value", directive.head, message, {
      suggestion: "write a port, or an IP address and a port",
    });
    return null;
  }
  const options = directive.words.slice(1);
  const refused = options.find(({ text }) => text === "udp" || text === "quic");
  if (refused !== undefined) {
    findings.note("convert.not_carried", directive.head, `nothing listens here: UDP is not carried over yet`);
    return null;
  }
  for (const option of options) {
    // What becomes of it is said where the certificates are known.
    if (option.text !== "ssl" || protocol === "stream") reportOption(option, findings);
  }
  const has = (name: string) => options.some(({ text }) => text === name);
  const wide = address.startsWith("[::]:") && has("ipv6only=off");
  return {
    address: wide ? address.slice("[::]:".length) : address,
    isDefault: has("default_server") || has("default"),
    tls: has("ssl"),
    directive,
  };
}

function addressOf(text: string, protocol: "http" | "stream"): string | null {
  if (text.startsWith("unix:/")) return text;
  if (/^[0-9]+$/.test(text)) return usable(`0.0.0.0:${text}`);
  const [, host, port] = ADDRESS.exec(text) ?? [];
  if (host === undefined) return null;
  if (port === undefined && protocol === "stream") return null;
  const named = host === "*" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host;
  return usable(`${named}:${port ?? 80}`);
}

function usable(address: string): string | null {
  return parseListenAddress(address).ok ? address : null;
}

function reportOption(option: Word, findings: Findings): void {
  const [name] = option.text.split("=");
  if (SILENT.has(name!)) return;
  const note = OPTION_NOTES.get(name!);
  if (note === undefined) {
    findings.note(
      "convert.unknown",
      option,
      `the parameter ${quoted(option.text)} of \`listen\` is not known`,
    );
  } else findings.note(note[0], option, `${quoted(option.text)}: ${note[1]}`);
}

/** Addresses and names; a name other than localhost would have to be resolved at every start. */
const ADDRESS = /^(\*|localhost|[0-9]+(?:\.[0-9]+){3}|\[[0-9a-fA-F:.]+\])(?::([0-9]+))?$/;

/** Their meaning is in what `readListen` gives. */
const SILENT = new Set(["default_server", "default", "ipv6only"]);

const OPTION_NOTES = new Map<string, readonly ["convert.not_carried" | "convert.not_needed", string]>([
  ["ssl", ["convert.not_carried", "TLS is not carried over yet; this listener speaks without it"]],
  ["http2", ["convert.not_needed", "HTTP/2 is agreed on with clients that can take it"]],
  ["spdy", ["convert.not_carried", "SPDY is not spoken"]],
  ["proxy_protocol", ["convert.not_carried", "connections must not begin with a PROXY protocol header yet"]],
  ["setfib", ["convert.not_carried", "there is no counterpart"]],
  ...[
    "backlog",
    "reuseport",
    "bind",
    "deferred",
    "rcvbuf",
    "sndbuf",
    "accept_filter",
    "fastopen",
    "so_keepalive",
  ].map((name) => [name, ["convert.not_needed", "sockets are opened with the system's settings"]] as const),
]);
