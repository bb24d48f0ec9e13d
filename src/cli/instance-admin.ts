/** The admin address of `run`: opened once requests are served, and only where strangers are kept out. */
import { checkProtected, parseAdminAddress } from "../admin/http/address.ts";
import { type AdminTlsText, isSameTls, readAdminTls } from "../admin/http/admin-tls.ts";
import { type AdminServer, startAdminServer } from "../admin/http/server.ts";
import { InstanceSource } from "../admin/instance-source.ts";
import { err, ok, type Result } from "../base/result.ts";
import { VERSION } from "../base/version.ts";
import type { AdminSettings, Configuration } from "../config/model.ts";
import { adminFailure, type StartFailure } from "../runtime/start.ts";
import type { LiveConfiguration } from "../supervisor/live-configuration.ts";
import type { Served } from "../supervisor/supervise.ts";
import type { CliContext } from "./context.ts";
import { ServedInstance } from "./served-instance.ts";

export class InstanceAdmin {
  /** `HOST:PORT` as asked for, or null for none. */
  readonly #address: string | null;
  readonly #context: CliContext;
  #server: AdminServer | null = null;
  #tls: AdminTlsText | null = null;
  #instance: ServedInstance | null = null;

  /** @param option `HOST:PORT`, or `off` */
  constructor(option: string, context: CliContext) {
    this.#address = option === "off" ? null : option;
    this.#context = context;
  }

  /** Where it is open, with the port that the system chose for 0; null where it is not. */
  get address(): string | null {
    return this.#server?.address ?? null;
  }

  /** Whether with this configuration strangers are kept out, and there is what it is to show. */
  check({ settings }: Configuration): Result<null, readonly StartFailure[]> {
    if (this.#address === null) return ok(null);
    const safe = checkProtected(parseAdminAddress(this.#address), settings.admin);
    if (!safe.ok) return failure("admin.not_protected", safe.error);
    const tls = tlsOf(settings.admin);
    return tls.ok ? ok(null) : failure("admin.tls", `the admin address cannot speak TLS: ${tls.error}`);
  }

  /** @param stop begins to drain */
  open(served: Served, live: LiveConfiguration, stop: () => void): readonly StartFailure[] {
    if (this.#address === null) return [];
    this.#instance = new ServedInstance(VERSION, served, live, stop);
    return this.#listen(this.#address, live.loaded.configuration);
  }

  /**
   * Another configuration is in force, which was checked before. With another certificate the address is opened anew: what
   * is being answered there, such as the reload, is answered still.
   */
  use(configuration: Configuration): void {
    const tls = tlsOf(configuration.settings.admin);
    if (this.#server === null || !tls.ok || isSameTls(tls.value, this.#tls)) return;
    const { address } = this.#server;
    this.#server.retire();
    for (const { code, message } of this.#listen(address, configuration)) {
      this.#context.log({ level: "error", event: "admin_unavailable", code, message });
    }
  }

  #listen(address: string, { settings }: Configuration): readonly StartFailure[] {
    const { log } = this.#context;
    const tls = tlsOf(settings.admin);
    this.#tls = tls.ok ? tls.value : null;
    const server = startAdminServer({
      address: parseAdminAddress(address),
      tls: this.#tls,
      source: new InstanceSource(this.#instance!),
      onMistake: ({ message, stack }) => log({ level: "error", event: "internal", message, stack }),
    });
    if (!server.ok) return [adminFailure(address, server.error)];
    this.#server = server.value;
    return [];
  }

  /** Load balancers are told before anything is refused. */
  drain(): void {
    if (this.#instance !== null) this.#instance.readiness = "draining";
  }

  close(): void {
    this.#server?.close();
  }
}

function tlsOf({ tls }: AdminSettings): Result<AdminTlsText | null, string> {
  return tls === null ? ok(null) : readAdminTls(tls);
}

function failure(code: string, message: string): Result<never, readonly StartFailure[]> {
  return err([{ code, message, listener: null, origin: null }]);
}
