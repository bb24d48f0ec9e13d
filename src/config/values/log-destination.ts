/** Where an access log goes: `stdout`, a path, `syslog`, `syslog:/dev/log`, `syslog+udp://10.0.0.1:514`. */
import { ok, type Result } from "../../base/result.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { SyslogServer } from "../model.ts";
import { parseHost } from "./host-name.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export type LogDestination =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "syslog"; readonly server: SyslogServer };

/** A word that is none of these is a slip, and not a file in the working directory. */
export function parseLogDestination(text: string): Result<LogDestination, ValueFault> {
  if (text === "stdout") return ok({ kind: "stdout" });
  if (text === "syslog") return ok({ kind: "syslog", server: { protocol: "unix", path: SYSTEM_SOCKET } });
  if (text.startsWith("syslog:/")) return parseSocket(text, text.slice("syslog:".length));
  if (text.startsWith("syslog")) return parseServer(text);
  if (text.includes("/")) return ok({ kind: "file", path: text });
  const hint = didYouMean(text, ["off", "stdout", "syslog"]) ?? `for a file, write \`./${text}\``;
  return fault("config.bad_value", `${quoted(text)} is neither \`off\`, \`stdout\` nor a path`, hint);
}

function parseSocket(text: string, path: string): Result<LogDestination, ValueFault> {
  if (path.startsWith("//")) return fault("config.bad_value", `${quoted(text)} has no protocol`, SERVER_FORM);
  if (Buffer.byteLength(path) <= 103) return ok({ kind: "syslog", server: { protocol: "unix", path } });
  return fault("config.bad_value", `${quoted(path)} is longer than the path of a socket may be: 103 bytes`);
}

function parseServer(text: string): Result<LogDestination, ValueFault> {
  const [, protocol, bracketed, plain, portText] = SERVER.exec(text) ?? [];
  if (protocol === undefined)
    return fault("config.bad_value", `${quoted(text)} is no syslog server`, SERVER_FORM);
  const host = parseHost(bracketed ?? plain!);
  if (!host.ok) return fault("config.bad_value", host.error.message, host.error.suggestion);
  const port = Number(portText ?? SYSLOG_PORT);
  if (port < 1 || port > 65_535) return fault("config.bad_value", `port ${port} is out of range: 1 to 65535`);
  return ok({ kind: "syslog", server: { protocol: protocol as "udp" | "tcp", host: host.value, port } });
}

const SYSTEM_SOCKET = "/dev/log";
/** RFC 5426 section 3.3; RFC 6587 names the same for TCP. */
const SYSLOG_PORT = 514;
const SERVER = /^syslog\+(udp|tcp):\/\/(?:\[([^\]]*)\]|([^:/[\]]*))(?::(\d{1,5}))?$/;
const SERVER_FORM = "write `syslog+udp://HOST:514`, `syslog+tcp://HOST:514` or `syslog:/dev/log`";
