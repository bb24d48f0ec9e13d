/**
 * The root of this machine's own authority: made once, kept for ten years, and the same for all instances that share the
 * storage. Its key lies in one file with it (`root.pem`), so that no crash leaves one without the other; `root.crt` is what
 * people take away to trust.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { err, ok, type Result } from "../../base/result.ts";
import { ROOT_CERTIFICATE } from "../../config/values/acme-places.ts";
import type { Shelf } from "../shelf.ts";
import type { MadePair } from "./make-certificates.ts";

export interface RootTools {
  readonly shelf: Shelf;
  readonly wallMs: () => number;
  /** Of this machine: people tell roots apart by it. */
  readonly hostname: string;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** @returns what is wrong, for people, as the error: a root that is damaged is not replaced, since somebody trusts it */
export async function openRoot(tools: RootTools): Promise<Result<MadePair, string>> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const kept = await keptRoot(tools);
    if (!kept.ok || kept.value !== null) return kept as Result<MadePair, string>;
    await using lock = await tools.shelf.lock();
    // Whoever has it makes the root just now.
    if (lock === null) await tools.pause(RETRY_MS);
    else return await makeKept(tools);
  }
  return err("another instance holds the lock of the storage, and makes no root");
}

async function makeKept(tools: RootTools): Promise<Result<MadePair, string>> {
  const again = await keptRoot(tools);
  if (!again.ok || again.value !== null) return again as Result<MadePair, string>;
  const { makeRoot } = await import("./make-certificates.ts");
  const nowMs = tools.wallMs();
  const called = `Portward local CA ${tools.hostname.slice(0, 30)} ${new Date(nowMs).toISOString().slice(0, 10)}`;
  const made = await makeRoot(called, { fromMs: nowMs - SKEW_MS, toMs: nowMs + TEN_YEARS_MS });
  await tools.shelf.put(ROOT, `${made.certificate}${made.key}`);
  await tools.shelf.put(ROOT_CERTIFICATE, made.certificate);
  return ok(made);
}

/** Null when there is none, or what there was has come to its end. */
async function keptRoot({ shelf, wallMs }: RootTools): Promise<Result<MadePair | null, string>> {
  const text = await shelf.get(ROOT);
  if (text === null) return ok(null);
  const read = readRoot(text);
  if (read === null) return err(DAMAGED);
  if (read.toMs <= wallMs()) return ok(null);
  const { certificate } = read.pair;
  // Somebody may have been killed between the two, or have taken it away.
  if ((await shelf.get(ROOT_CERTIFICATE)) !== certificate) await shelf.put(ROOT_CERTIFICATE, certificate);
  return ok(read.pair);
}

/** Null when it is damaged. */
function readRoot(text: string): { readonly pair: MadePair; readonly toMs: number } | null {
  try {
    const [certificate, key] = [new X509Certificate(text), createPrivateKey(text)];
    if (!certificate.checkPrivateKey(key)) return null;
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    const pair = { certificate: certificate.toString(), key: pem };
    return { pair, toMs: certificate.validToDate.getTime() };
  } catch {
    return null;
  }
}

const ROOT = "root.pem";
const DAMAGED = `its ${ROOT} is damaged; put it right, or remove it to have another root made, which must be trusted anew`;
const TEN_YEARS_MS = 3_652 * 86_400_000;
/** Clocks of clients may be a little behind. */
export const SKEW_MS = 3_600_000;
const MOST_TRIES = 100;
const RETRY_MS = 50;
