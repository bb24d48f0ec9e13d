/** Why a connection could not be made: the system's or the TLS library's word as one of ours. */
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";

/** @param cause as told by `ConnectHandler.onConnectFailure` */
export function connectError(cause: string): ProxyError {
  return proxyError(
    WORDS[cause] ?? (cause.startsWith("TLS_") ? "upstream.tls_handshake" : certificateError(cause)),
    {
      cause,
    },
  );
}

function certificateError(cause: string): ErrorCode {
  if (UNKNOWN_CA.test(cause)) return "upstream.tls_unknown_ca";
  return cause.startsWith("E") ? "upstream.unreachable" : "upstream.tls_certificate";
}

/** ENOENT: nobody has made the Unix socket. */
const WORDS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "upstream.refused",
  ENOENT: "upstream.refused",
  ETIMEDOUT: "upstream.connect_timeout",
  EMFILE: "proxy.descriptors",
  ENFILE: "proxy.descriptors",
  CERT_HAS_EXPIRED: "upstream.tls_expired",
  CERT_NOT_YET_VALID: "upstream.tls_expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "upstream.tls_name",
  TLS_PIN: "upstream.tls_pin",
};
const UNKNOWN_CA = /^(?:UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
