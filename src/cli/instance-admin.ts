/** The admin address of `run`: opened once requests are served, and only where strangers are kept out. */
import { checkProtected, parseAdminAddress } from "../admin/http/address.ts";
import { type AdminServer, startAdminServer } from "../admin/http/server.ts";
import { InstanceSource } from "../admin/instance-source.ts";
import { err, ok, type Result } from "../base/result.ts";
import { VERSION } from "../base/version.ts";
import type { Configuration } from "../config/model.ts";
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

  /** Whether with this configuration strangers are kept out. */
  check({ settings }: Configuration): Result<null, readonly StartFailure[]> {
    if (this.#address === null) return ok(null);
    const checked = checkProtected(parseAdminAddress(this.#address), settings.admin.token);
    if (checked.ok) return checked;
    return err([{ code: "admin.not_protected", message: checked.error, listener: null, origin: null }]);
  }

  /** @param stop begins to drain */
  open(served: Served, live: LiveConfiguration, stop: () => void): readonly StartFailure[] {
    if (this.#address === null) return [];
    const { log } = this.#context;
    this.#instance = new ServedInstance(VERSION, served, live, stop);
    const server = startAdminServer({
      address: parseAdminAddress(this.#address),
      source: new InstanceSource(this.#instance),
      onMistake: ({ message, stack }) => log({ level: "error", event: "internal", message, stack }),
    });
    if (!server.ok) return [adminFailure(this.#address, server.error)];
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
