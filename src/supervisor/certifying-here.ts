/**
 * Supervision with certificates of this machine's own authority (`tls: internal`): they are there before a configuration
 * is served, and renewed while it is in force. Once for all workers, here; workers read files, as ever.
 */
import type { PreparedInternal } from "../acme/internal/create-internal.ts";
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration } from "../config/model.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { StartFailure } from "../runtime/start.ts";
import { reloadedBy } from "./reloaded-by.ts";
import type { Supervision } from "./supervise.ts";

export function withInternalCertificates(supervision: Supervision, log: LogEvent): Supervision {
  const local = new InternalCertificates(log);
  return {
    async start(configuration) {
      const prepared = await local.prepare(configuration);
      if (!prepared.ok) return prepared;
      const started = await supervision.start(configuration);
      if (!started.ok) return started;
      const served = started.value;
      local.use(prepared.value);
      void served.done.then(() => local.use(null));
      return ok(
        reloadedBy(served, {
          async reload(next) {
            const prepared = await local.prepare(next);
            if (!prepared.ok) return prepared;
            const result = await served.reload(next);
            if (result.ok) local.use(prepared.value);
            return result;
          },
          desks: () => [...served.desks(), ...local.desks()],
        }),
      );
    },
    abandon: () => supervision.abandon(),
  };
}

class InternalCertificates {
  readonly #log: LogEvent;
  #inUse: PreparedInternal | null = null;

  constructor(log: LogEvent) {
    this.#log = log;
  }

  /** Null where nothing is to be certified here. What makes certificates is loaded only where they are. */
  async prepare({
    settings,
    listeners,
  }: Configuration): Promise<Result<PreparedInternal | null, StartFailure[]>> {
    const { internalCa } = settings;
    const certificates = listeners
      .flatMap(({ tls }) => tls?.certificates ?? [])
      .filter(({ source }) => source === "internal");
    if (internalCa === null || certificates.length === 0) return ok(null);
    const { prepareInternal } = await import("../acme/internal/create-internal.ts");
    const prepared = await prepareInternal(internalCa, certificates, this.#log).catch((error: Error) =>
      err(error.message),
    );
    if (prepared.ok) return prepared;
    const message = `the storage of the local certificate authority, ${internalCa.storage}: ${prepared.error}`;
    const { origin } = certificates[0]!;
    return err([{ code: "tls.internal_storage", message, listener: null, origin }]);
  }

  desks(): CertificateDesk[] {
    return this.#inUse === null ? [] : [this.#inUse.keeper];
  }

  use(next: PreparedInternal | null): void {
    this.#inUse?.keeper.close();
    if (next !== null) {
      void next.keeper.run();
      if (this.#inUse?.root !== next.root)
        this.#log({ level: "info", event: "internal_ca", root: next.root, trust: TRUST });
    }
    this.#inUse = next;
  }
}

const TRUST = "`portward cert trust` says how clients come to trust it";
