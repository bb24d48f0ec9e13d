/**
 * Answers to an authority that asks whether a host is ours (RFC 8555 section 8.3), by the files of a directory. Files and
 * no message from whoever asked for the certificate, because the question may reach any worker of any machine that shares
 * the directory. Only well-formed tokens are looked for, so nobody asks for another file.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What is to be answered to a path, or null when it is no token that is asked for now. */
export type ChallengeAnswers = (path: string) => Buffer | null;

export function challengeFiles(directory: string): ChallengeAnswers {
  return (path) => {
    if (!path.startsWith(PREFIX)) return null;
    const token = path.slice(PREFIX.length);
    if (!TOKEN.test(token)) return null;
    try {
      return readFileSync(join(directory, token));
    } catch {
      return null;
    }
  };
}

const PREFIX = "/.well-known/acme-challenge/";
/** Base64url, with 128 bits of entropy at least: 22 characters. */
const TOKEN = /^[A-Za-z0-9_-]{22,200}$/;
