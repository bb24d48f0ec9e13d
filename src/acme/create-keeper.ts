/** A keeper as it is in the world: with the authority, the storage and the clock that the configuration and the machine have. */
import { createRandom } from "../base/random.ts";
import { hostRule } from "../certificates/host-rule.ts";
import type { AcmeModel } from "../config/model.ts";
import { acmeHome, wishesPlace } from "../config/values/acme-places.ts";
import { pause } from "../discovery/pause.ts";
import { realClock } from "../io/real-clock.ts";
import { takeWishes } from "../io/wish-files.ts";
import { askAllowed } from "./ask-allowed.ts";
import { AcmeAuthority } from "./authority.ts";
import { CertificateKeeper, type KeeperTools } from "./certificate-keeper.ts";
import { Demand } from "./demand.ts";
import type { CertificateDesk } from "./kept-certificate.ts";
import type { Shelf } from "./shelf.ts";
import { DirectoryShelf } from "./shelf-directory.ts";
import { AcmeStorage } from "./storage.ts";

export interface Keeping {
  readonly desk: CertificateDesk;
  /** What is under way comes to its end. */
  close(): void;
}

/**
 * @param onDemand whether a listener has certificates that are obtained once somebody asks for them
 * @param shelf null: the directory of the configuration
 */
export function startKeeping(
  acme: AcmeModel,
  names: readonly string[],
  onDemand: boolean,
  shelf: Shelf | null,
  tools: Pick<KeeperTools, "count" | "log">,
): Keeping {
  const storage = new AcmeStorage(shelf ?? new DirectoryShelf(acmeHome(acme)));
  const authority = new AcmeAuthority(acme, storage);
  const stop = new AbortController();
  const demand = onDemand ? demandOf(acme, storage, stop.signal, tools.log) : null;
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  const keeper = new CertificateKeeper(names, {
    storage,
    authority,
    advisor: authority.advisor,
    demand,
    ...tools,
    wallMs: realClock.wallMs,
    random: createRandom([a! | 1, b!, c!, d!]),
    pause,
  });
  void keeper.run();
  void demand?.run(keeper);
  return {
    desk: keeper,
    close() {
      stop.abort();
      keeper.close();
    },
  };
}

function demandOf(
  acme: AcmeModel,
  list: AcmeStorage,
  stop: AbortSignal,
  log: (event: object) => void,
): Demand {
  const rule = acme.onDemand!;
  const place = wishesPlace(acmeHome(acme));
  return new Demand(rule, {
    take: (most) => takeWishes(place, most),
    isNamed: hostRule(rule.hosts),
    ask: (name) => askAllowed(rule.ask!, name),
    log,
    wallMs: realClock.wallMs,
    pause: (ms) => pause(ms, stop),
    list,
  });
}
