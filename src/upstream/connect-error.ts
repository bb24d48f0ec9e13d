/** What it means that a connection could not be made. */
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";

/** @param cause the system's word */
export function connectError(cause: string): ProxyError {
  return proxyError(CONNECT_ERRORS[cause] ?? "upstream.unreachable", { cause });
}

const CONNECT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "upstream.refused",
  ENOENT: "upstream.refused",
  ETIMEDOUT: "upstream.connect_timeout",
  EMFILE: "proxy.descriptors",
  ENFILE: "proxy.descriptors",
};
