/** What the handshake has told of a client, in the words that routing and upstreams know. */
import type { TlsLayer } from "../io/tls-layer.ts";
import type { ClientCertificate, SecureClient } from "../pipeline/secure-client.ts";

export function secureClient(
  serverName: string | null,
  shownNames: readonly string[],
  layer: TlsLayer,
): SecureClient {
  return { serverName, shownNames, certificate: layer.verified ? clientCertificate(layer) : null };
}

function clientCertificate(layer: TlsLayer): ClientCertificate | null {
  const certificate = layer.peerCertificate();
  if (certificate === null) return null;
  const { subject, subjectAltName, raw } = certificate;
  return {
    commonName: /^CN=(.*)$/m.exec(subject)?.[1] ?? null,
    subject: distinguishedName(subject),
    san: inOneLine(subjectAltName ?? ""),
    encoded: raw.toString("base64"),
  };
}

/** The library gives one part a line, the most general first; RFC 4514 section 2.1 wants them the other way round. */
function distinguishedName(subject: string): string {
  return inOneLine(subject.split("\n").reverse().join(","));
}

/** A field value is visible ASCII; what else a name may hold is written as RFC 4514 section 2.4 writes it. */
function inOneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}
