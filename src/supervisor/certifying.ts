/**
 * Supervision with certificates that are obtained: once for all workers, here, for the configuration in force. Workers
 * take what comes of it from the storage, as they do with any certificate's file that changes.
 */
import type { KeeperTools } from "../acme/certificate-keeper.ts";
import type { Keeping } from "../acme/create-keeper.ts";
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import type { Shelf } from "../acme/shelf.ts";
import { ok } from "../base/result.ts";
import type { AcmeModel, Configuration } from "../config/model.ts";
import type { LogEvent } from "../runtime/log.ts";
import { reloadedBy } from "./reloaded-by.ts";
import { SharedStorage } from "./shared-storage.ts";
import type { Served, Supervision } from "./supervise.ts";

export function withCertificates(supervision: Supervision, log: LogEvent): Supervision {
  let served: Served | null = null;
  const kept = new KeptCertificates({ log, count: (obtained) => served?.countOrder(obtained) });
  const storage = new SharedStorage(log);
  /** What is shared must be here before it is served. */
  const put = async <T extends { readonly ok: boolean }>(
    configuration: Configuration,
    serve: () => Promise<T>,
  ): Promise<T> => {
    const opened = await storage.open(configuration);
    const result = await serve();
    if (!result.ok) {
      storage.discard(opened);
      return result;
    }
    kept.follow(configuration, opened?.shelf ?? null);
    storage.use(opened);
    return result;
  };
  return {
    async start(configuration) {
      const started = await put(configuration, () => supervision.start(configuration));
      if (!started.ok) return started;
      served = started.value;
      void served.done.then(() => {
        kept.close();
        storage.use(null);
      });
      return ok(
        reloadedBy(started.value, {
          reload: (next) => put(next, () => started.value.reload(next)),
          desks: () => [...started.value.desks(), ...kept.desks()],
        }),
      );
    },
    abandon: () => supervision.abandon(),
  };
}

/** The one keeper there is, exchanged when a configuration asks for other certificates. */
class KeptCertificates {
  readonly #tools: Pick<KeeperTools, "count" | "log">;
  #key = "";
  #keeping: Keeping | null = null;

  constructor(tools: Pick<KeeperTools, "count" | "log">) {
    this.#tools = tools;
  }

  /** @param shelf null: the directory of the configuration */
  follow({ settings: { acme }, listeners }: Configuration, shelf: Shelf | null): void {
    const all = listeners.flatMap(({ tls }) => tls?.certificates ?? []);
    const asked = all.flatMap(({ source, obtainedFor }) =>
      source === "acme" && obtainedFor !== null ? [obtainedFor] : [],
    );
    const names = [...new Set(asked)].sort();
    const onDemand = listeners.some(({ tls }) => tls?.onDemand != null);
    const key = JSON.stringify([acme, names, onDemand]);
    if (key === this.#key) return;
    this.close();
    this.#key = key;
    if (acme !== null && (names.length > 0 || onDemand)) void this.#keep(acme, names, onDemand, shelf, key);
  }

  /** What it takes is loaded only where certificates are to be obtained. */
  async #keep(
    acme: AcmeModel,
    names: readonly string[],
    onDemand: boolean,
    shelf: Shelf | null,
    key: string,
  ): Promise<void> {
    const { startKeeping } = await import("../acme/create-keeper.ts");
    // Another configuration, or the end, has come meanwhile.
    if (this.#key !== key) return;
    this.#keeping = startKeeping(acme, names, onDemand, shelf, this.#tools);
  }

  desks(): CertificateDesk[] {
    return this.#keeping === null ? [] : [this.#keeping.desk];
  }

  close(): void {
    this.#key = "";
    this.#keeping?.close();
    this.#keeping = null;
  }
}
