/** Why a connection could not be made: the system's word as one of ours. */
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";

/** @param cause as told by `ConnectHandler.onConnectFailure` */
export function connectError(cause: string): ProxyError {
  return proxyError(WORDS[cause] ?? "upstream.unreachable", { cause });
}

/** ENOENT: nobody has made the Unix socket. */
const WORDS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "upstream.refused",
  ENOENT: "upstream.refused",
  ETIMEDOUT: "upstream.connect_timeout",
  EMFILE: "proxy.descriptors",
  ENFILE: "proxy.descriptors",
};
