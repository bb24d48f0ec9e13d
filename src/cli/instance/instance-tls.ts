/**
 * TLS towards an admin address: whose certificate is believed there, and what is shown. Files that the environment names;
 * what is wrong with them is told as such, for an instance that nobody asked has not failed to answer.
 */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { err, ok, type Result } from "../../base/result.ts";
import { systemWord } from "../../io/socket-events.ts";
import type { Environment } from "../context.ts";

/** Files, PEM. */
export interface InstanceTls {
  /** Who must have signed its certificate; null: nobody is named, though something is to be shown. */
  readonly ca: string | null;
  /** What we show. */
  readonly cert: string | null;
  readonly key: string | null;
}

/** The texts of the files. */
export interface ReadInstanceTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Null: HTTP. */
export function instanceTls(environment: Environment): InstanceTls | null {
  const { PORTWARD_ADMIN_CA: ca, PORTWARD_ADMIN_CERT: cert, PORTWARD_ADMIN_KEY: key } = environment;
  if (!ca && !cert && !key) return null;
  return { ca: ca || null, cert: cert || null, key: key || null };
}

/** @returns a sentence when a variable is missing, or its file is no good */
export function readInstanceTls({ ca, cert, key }: InstanceTls): Result<ReadInstanceTls, string> {
  if (ca === null) return err("PORTWARD_ADMIN_CA names nobody who has signed the instance's certificate");
  if ((cert === null) !== (key === null))
    return err("PORTWARD_ADMIN_CERT and PORTWARD_ADMIN_KEY go together, and one of them is not set");
  const unread: string[] = [];
  const read = (path: string, name: string) => textOf(path, name, unread);
  const shown =
    cert === null || key === null
      ? {}
      : { cert: read(cert, "PORTWARD_ADMIN_CERT"), key: read(key, "PORTWARD_ADMIN_KEY") };
  const text = { ca: read(ca, "PORTWARD_ADMIN_CA"), ...shown };
  if (unread.length > 0) return err(unread.join("; "));
  if (!text.ca.includes("-----BEGIN CERTIFICATE-----"))
    return err(`PORTWARD_ADMIN_CA names ${ca}, which has no certificate in it`);
  try {
    createSecureContext(shown);
    return ok(text);
  } catch {
    return err(`${cert} and ${key} are no certificate and its key (PORTWARD_ADMIN_CERT, PORTWARD_ADMIN_KEY)`);
  }
}

function textOf(path: string, name: string, unread: string[]): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    unread.push(`${name} names ${path}, which cannot be read (${systemWord(error) ?? String(error)})`);
    return "";
  }
}

/** What an error of the handshake says about an instance that is there; null: it is none. */
export function handshakeProblem(admin: string, code: string): string | null {
  if (/^ERR_SSL_.*ALERT/.test(code)) {
    return `the instance at ${admin} wants a certificate that its \`client_ca\` has signed (${code})
  help: PORTWARD_ADMIN_CERT and PORTWARD_ADMIN_KEY name what is shown to it`;
  }
  if (!UNTRUSTED.test(code)) return null;
  return `what answers at ${admin} shows a certificate that is not believed (${code})
  help: PORTWARD_ADMIN_CA names the file of the CA that has signed it, and --admin a name or an address that it is for`;
}

const UNTRUSTED =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(?:VERIFY|GET)_)/;
