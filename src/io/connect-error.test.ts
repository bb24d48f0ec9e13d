/** The system's and the TLS library's words, as ours. */
import { expect, test } from "bun:test";
import { connectError } from "./connect-error.ts";

for (const [cause, code] of [
  ["ECONNREFUSED", "upstream.refused"],
  ["ENOENT", "upstream.refused"],
  ["EHOSTUNREACH", "upstream.unreachable"],
  ["ETIMEDOUT", "upstream.connect_timeout"],
  ["EMFILE", "proxy.descriptors"],
  ["CERT_HAS_EXPIRED", "upstream.tls_expired"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "upstream.tls_unknown_ca"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "upstream.tls_name"],
  ["TLS_PIN", "upstream.tls_pin"],
  ["TLS_HANDSHAKE", "upstream.tls_handshake"],
  ["INVALID_PURPOSE", "upstream.tls_certificate"],
  ["CERT_REVOKED", "upstream.tls_certificate"],
] as const) {
  test(`${cause} is ${code}`, () => expect(connectError(cause)).toMatchObject({ code, cause }));
}
