/** The authority of this machine as it is in the world: its root is there and all that is to be served, before anybody serves. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { createRandom } from "../../base/random.ts";
import { ok, type Result } from "../../base/result.ts";
import type { CertificateFiles, InternalCaModel } from "../../config/model.ts";
import { certificateKey, rootCertificatePlace } from "../../config/values/acme-places.ts";
import { pause } from "../../discovery/pause.ts";
import { realClock } from "../../io/real-clock.ts";
import { CertificateKeeper } from "../certificate-keeper.ts";
import { DirectoryShelf } from "../shelf-directory.ts";
import { AcmeStorage } from "../storage.ts";
import { InternalAuthority } from "./internal-authority.ts";
import { openRoot } from "./internal-root.ts";

export interface PreparedInternal {
  /** What people must trust: the path of a file. */
  readonly root: string;
  /** Renews from now on, until it is closed. */
  readonly keeper: CertificateKeeper;
}

/** @returns what is wrong with the storage, for people, as the error */
export async function prepareInternal(
  { storage, lifetimeMs }: InternalCaModel,
  certificates: readonly CertificateFiles[],
  log: (event: object) => void,
): Promise<Result<PreparedInternal, string>> {
  const shelf = new DirectoryShelf(storage);
  const { wallMs } = realClock;
  const wait = (ms: number) => pause(ms, NEVER);
  const root = await openRoot({ shelf, wallMs, hostname: hostname(), pause: wait });
  if (!root.ok) return root;
  const names = new Map(certificates.map(({ obtainedFor, names }) => [obtainedFor!, names]));
  const authority = new InternalAuthority(root.value, lifetimeMs, names, wallMs);
  for (const label of names.keys()) {
    const kept = await shelf.get(certificateKey(label));
    if (kept !== null && authority.isGood(label, kept)) continue;
    const made = await authority.obtain(label);
    if (made.ok) await shelf.put(certificateKey(label), made.value);
  }
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  const keeper = new CertificateKeeper([...names.keys()], {
    storage: new AcmeStorage(shelf),
    authority,
    advisor: null,
    demand: null,
    count() {},
    log,
    wallMs,
    random: createRandom([a! | 1, b!, c!, d!]),
    pause,
  });
  return ok({ root: resolve(rootCertificatePlace(storage)), keeper });
}

const NEVER = new AbortController().signal;
