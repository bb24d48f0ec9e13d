/**
 * Where certificates that are obtained lie, and what answers for them. Every directory of an authority has a place of its
 * own in the storage: whoever moves from a staging directory to the real one gets real certificates at once.
 */
import { join } from "node:path";
import type { AcmeModel } from "../model.ts";

export function acmeHome({ storage, directory }: Pick<AcmeModel, "storage" | "directory">): string {
  const { host, pathname } = new URL(directory);
  return join(storage, `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replace(/-$/, ""));
}

/** One file holds the chain and the key, so that no crash leaves one without the other. */
export function certificatePlace(home: string, name: string): string {
  return join(home, "certificates", `${name}.pem`);
}

export function challengesPlace(home: string): string {
  return join(home, "challenges");
}
