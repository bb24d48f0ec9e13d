/** A shared storage as it is in the world, with its copy. What speaks to it is loaded only where it is used. */
import type { AcmeModel, SharedStorageModel } from "../../config/model.ts";
import { acmeHome, authorityPlace } from "../../config/values/acme-places.ts";
import { pause } from "../../discovery/pause.ts";
import { DirectoryShelf } from "../shelf-directory.ts";
import { CopiedShelf } from "./copied-shelf.ts";
import { SealedShelf } from "./sealed-shelf.ts";
import type { SharedShelf } from "./shared-shelf.ts";

/** Resolves when what is there is copied, or soon after, when it does not answer. */
export async function openShared(
  acme: AcmeModel,
  model: SharedStorageModel,
  log: (event: object) => void,
): Promise<CopiedShelf> {
  const shelf = await shelfOf(model, authorityPlace(acme.directory));
  const shared = model.passphrase === null ? shelf : new SealedShelf(shelf, model.passphrase);
  const copied = new CopiedShelf({ shared, copy: new DirectoryShelf(acmeHome(acme)), log, pause });
  await copied.open();
  return copied;
}

/** @param place of the authority, so that what comes from each is kept apart, as in a directory */
async function shelfOf({ kind, urls, prefix }: SharedStorageModel, place: string): Promise<SharedShelf> {
  if (kind === "redis") {
    const { RedisShelf } = await import("./redis-shelf.ts");
    return new RedisShelf(urls[0]!, `${prefix}:${place}`);
  }
  const { EtcdShelf } = await import("./etcd-shelf.ts");
  return new EtcdShelf(urls, `${prefix}/${place}`);
}
