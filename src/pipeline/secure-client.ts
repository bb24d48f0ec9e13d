/** What is known of a client beyond its address because it speaks TLS to us. */

export interface SecureClient {
  /** The name it asked for; null when it named none. */
  readonly serverName: string | null;
  /** DNS names of the certificate that it was shown. */
  readonly shownNames: readonly string[];
  /** Its own certificate, verified; null when there is none. */
  readonly certificate: ClientCertificate | null;
}

export interface ClientCertificate {
  /** As RFC 4514 writes it: `CN=jo,O=Portward tests`. */
  readonly subject: string;
  /** The common name alone, or null. */
  readonly commonName: string | null;
  /** `DNS:jo.clients.example, email:jo@example.org`. */
  readonly san: string;
  /** DER in base64. */
  readonly encoded: string;
}
