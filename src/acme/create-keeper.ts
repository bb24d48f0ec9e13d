/** A keeper as it is in the world: with the authority, the storage and the clock that the configuration and the machine have. */
import { createRandom } from "../base/random.ts";
import type { AcmeModel } from "../config/model.ts";
import { acmeHome } from "../config/values/acme-places.ts";
import { pause } from "../discovery/pause.ts";
import { realClock } from "../io/real-clock.ts";
import { AcmeAuthority } from "./authority.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import type { Shelf } from "./shelf.ts";
import { DirectoryShelf } from "./shelf-directory.ts";
import { AcmeStorage } from "./storage.ts";

/** @param shelf null: the directory of the configuration */
export function createKeeper(
  acme: AcmeModel,
  names: readonly string[],
  shelf: Shelf | null,
  log: (event: object) => void,
): CertificateKeeper {
  const storage = new AcmeStorage(shelf ?? new DirectoryShelf(acmeHome(acme)));
  const authority = new AcmeAuthority(acme, storage);
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  return new CertificateKeeper(names, {
    storage,
    authority,
    advisor: authority.advisor,
    log,
    wallMs: realClock.wallMs,
    random: createRandom([a! | 1, b!, c!, d!]),
    pause,
  });
}
