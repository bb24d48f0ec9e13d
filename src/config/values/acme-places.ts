/**
 * Where certificates that are obtained lie, and what answers for them. Every directory of an authority has a place of its
 * own in the storage: whoever moves from a staging directory to the real one gets real certificates at once.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { AcmeModel, CertificateFiles, Origin } from "../model.ts";

export function acmeHome({ storage, directory }: Pick<AcmeModel, "storage" | "directory">): string {
  return join(storage, authorityPlace(directory));
}

/** The part of a storage that belongs to one authority. */
export function authorityPlace(directory: string): string {
  const { host, pathname } = new URL(directory);
  return `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replace(/-$/, "");
}

/** One file holds the chain and the key, so that no crash leaves one without the other. */
export function certificatePlace(home: string, name: string): string {
  return join(home, certificateKey(name));
}

/** A certificate that an authority issues for a name, in the file that holds it and its key. */
export function obtainedFiles(file: string, name: string, origin: Origin): CertificateFiles {
  return {
    cert: file,
    key: file,
    passphrase: null,
    source: "acme",
    obtainedFor: name,
    names: [name],
    origin,
  };
}

/** Of this machine's own authority: what people take away to trust. */
export function rootCertificatePlace(home: string): string {
  return join(home, ROOT_CERTIFICATE);
}

export function certificateKey(name: string): string {
  return `certificates/${asFileName(name)}.pem`;
}

export function challengesPlace(home: string): string {
  return join(home, "challenges");
}

/** Names that somebody would like to have a certificate for. */
export function wishesPlace(home: string): string {
  return join(home, "wishes");
}

export function challengeKey(token: string): string {
  return `challenges/${token}`;
}

/** A wildcard's `*`, and whatever else means something to shells or file systems, is escaped; long names are cut. */
function asFileName(name: string): string {
  const escaped = name.replaceAll(UNUSUAL, (character) =>
    Buffer.from(character).toString("hex").replaceAll(/../g, "%$&").toUpperCase(),
  );
  if (escaped.length <= LONGEST) return escaped;
  return `${escaped.slice(0, LONGEST - 45)}~${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}

export const ROOT_CERTIFICATE = "root.crt";
const UNUSUAL = /[^A-Za-z0-9._-]/gu;
const LONGEST = 200;
