/** The certificate that the admin address shows, and whose certificates it asks callers for: read, and looked at before use. */
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { err, ok, type Result } from "../../base/result.ts";
import type { AdminTls } from "../../config/model.ts";
import { systemWord } from "../../io/socket-events.ts";

/** The texts of the files. */
export interface AdminTlsText {
  readonly cert: string;
  readonly key: string;
  /** Null: callers show nothing. */
  readonly clientCa: readonly string[] | null;
}

/** @returns a sentence when a file cannot be read, or they do not fit */
export function readAdminTls({ cert, key, clientCa }: AdminTls): Result<AdminTlsText, string> {
  const unread: string[] = [];
  const read = (path: string): string => {
    try {
      // A pipe would be waited for until somebody writes into it.
      if (statSync(path).isFile()) return readFileSync(path, "utf8");
      unread.push(`${path} is no regular file`);
      return "";
    } catch (error) {
      unread.push(`${path} cannot be read (${systemWord(error) ?? String(error)})`);
      return "";
    }
  };
  const text = { cert: read(cert), key: read(key), clientCa: clientCa?.map(read) ?? null };
  return unread.length > 0 ? err(unread.join("; ")) : checked(text, cert, key);
}

function checked(text: AdminTlsText, cert: string, key: string): Result<AdminTlsText, string> {
  if (text.clientCa?.some((each) => !each.includes("-----BEGIN CERTIFICATE-----")) === true)
    return err("a file of `client_ca` has no certificate in it");
  try {
    createSecureContext({ cert: text.cert, key: text.key, ca: [...(text.clientCa ?? [])] });
    return ok(text);
  } catch (error) {
    return err(`${cert} and ${key} are no certificate and its key (${(error as Error).message})`);
  }
}

/** A caller whose certificate is missing, or is signed by somebody else, does not get beyond the handshake. */
export function servedTls({ cert, key, clientCa }: AdminTlsText): Bun.TLSOptions {
  if (clientCa === null) return { cert, key };
  return { cert, key, ca: [...clientCa], requestCert: true, rejectUnauthorized: true };
}

export function isSameTls(one: AdminTlsText | null, other: AdminTlsText | null): boolean {
  return Bun.deepEquals(one, other);
}
