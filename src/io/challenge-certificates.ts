/**
 * Answers to an authority that asks by a handshake whether a host is ours (RFC 8737): self-signed certificates out of the
 * directory of io/challenge-files.ts, each under its host's name. A name has a dot and a token has none, so neither way
 * of asking ever gets at the files of the other.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createTlsContext, type TlsContext } from "./tls-context.ts";

/** The protocol that the authority offers, and it alone (RFC 8737 section 4). */
export const ACME_TLS = "acme-tls/1";

/** What is to be shown for a name, or null when nobody asks for it now. */
export type ChallengeCertificates = (serverName: string) => TlsContext | null;

export function challengeCertificates(directory: string): ChallengeCertificates {
  // An authority looks from several places at once, and a context takes longer to make than a file to read.
  let latest: { readonly text: string; readonly context: TlsContext } | null = null;
  return (serverName) => {
    const text = textOf(directory, serverName);
    if (text === null) return null;
    if (latest?.text === text) return latest.context;
    const made = createTlsContext({ cert: text, key: text, minVersion: "TLSv1.2", ciphers: CIPHERS });
    if (!made.ok) return null;
    latest = { text, context: made.value };
    return made.value;
  };
}

function textOf(directory: string, serverName: string): string | null {
  if (serverName.length > LONGEST_NAME || !NAME.test(serverName)) return null;
  try {
    return readFileSync(join(directory, serverName), "latin1");
  } catch {
    return null;
  }
}

const LONGEST_NAME = 253;
/** At least two labels, none of which is empty: nothing that leads out of the directory. */
const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;
const CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
