/** `portward run`: serves a configuration until it is told to stop. */
import { Command } from "commander";
import { ConfigurationMemory } from "../config/configuration-memory.ts";
import type { Configuration } from "../config/model.ts";
import { diskFiles } from "../config/source/file-access.ts";
import { loadTested } from "../explain/load-tested.ts";
import { refreshClock } from "../io/real-clock.ts";
import { withCertificates } from "../supervisor/certifying.ts";
import { withInternalCertificates } from "../supervisor/certifying-here.ts";
import { withDiscovery } from "../supervisor/discovering.ts";
import { LiveConfiguration } from "../supervisor/live-configuration.ts";
import { ServiceManager } from "../supervisor/service-manager.ts";
import { adminOption } from "./admin-option.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { InstanceAdmin } from "./instance-admin.ts";
import { loadOrExplain } from "./load-or-explain.ts";
import { logReady, serve } from "./serve.ts";
import { WatchedFiles } from "./watched-files.ts";
import { workersOption } from "./workers-option.ts";

interface RunOptions {
  readonly config?: readonly string[];
  readonly workers: number | "auto";
  readonly admin: string;
  readonly watch: boolean;
  readonly replace: boolean;
}

export function runCommand(context: CliContext, finish: Finish): Command {
  return new Command("run")
    .description("serve a configuration")
    .addOption(configOption())
    .addOption(workersOption())
    .addOption(adminOption())
    .option("--watch", "reload whenever a file of the configuration is saved", false)
    .option(
      "--replace",
      "take over from the instance of this configuration that runs, without a pause",
      false,
    )
    .addHelpText("after", SIGNALS)
    .action(async (options: RunOptions) => finish(await run(options, context)));
}

async function run(options: RunOptions, context: CliContext): Promise<number> {
  const paths = configPaths(options.config, context.environment);
  const files = new WatchedFiles(diskFiles);
  const startedMs = refreshClock();
  const manager = new ServiceManager(context.environment, context.log);
  const admin = new InstanceAdmin(options.admin, context);
  const supervised = context.supervise({
    workers: options.workers,
    instance: { paths, environment: context.environment, replace: options.replace },
    relief: {
      releaseAdmin: () => admin.close(),
      handedOver: (pid) => manager.handOver(pid),
    },
    log: context.log,
  });
  const supervision = withDiscovery(
    withInternalCertificates(withCertificates(supervised, context.log), context.log),
    context.log,
  );
  const memory = new ConfigurationMemory();
  const loaded = await loadOrExplain(paths, context, files.access, memory);
  if (loaded === null) {
    supervision.abandon();
    return EXIT.invalid;
  }
  const { configuration } = loaded;
  const safe = admin.check(configuration);
  if (!safe.ok) supervision.abandon();
  const stop = new AbortController();
  let live: LiveConfiguration | null = null;
  const exitCode = await serve(
    safe.ok ? supervision.start(configuration) : Promise.resolve(safe),
    {
      drainMs: () => (live?.loaded ?? loaded).configuration.settings.drainMs,
      hasFiles: true,
      open(served, end) {
        const load = () => loadTested(paths, files.access, memory);
        const put = async (next: Configuration) => {
          const checked = admin.check(next);
          if (!checked.ok) return checked;
          const reloaded = await served.reload(next);
          if (reloaded.ok) admin.use(next);
          return reloaded;
        };
        live = new LiveConfiguration(loaded, startedMs, {
          load,
          put,
          manager,
          log: context.log,
          count: (done) => served.countReload(done),
        });
        const failures = admin.open(served, live, end);
        if (!served.tookOver) return failures;
        // Who served before is leaving: requests matter more than being asked about them.
        for (const { code, message } of failures) {
          context.log({ level: "error", event: "admin_unavailable", code, message });
        }
        return [];
      },
      onReady(served) {
        if (options.watch) void reloadOnChange(live!, files, stop.signal);
        manager.ready();
        logReady(context, admin.address)(served);
      },
      onDraining() {
        manager.stopping();
        admin.drain();
      },
      reload: () => void live?.reload("signal"),
    },
    context,
  );
  stop.abort();
  admin.close();
  return exitCode;
}

async function reloadOnChange(
  live: LiveConfiguration,
  files: WatchedFiles,
  stop: AbortSignal,
): Promise<void> {
  while ((await files.changed(stop)) !== null) await live.reload("watch");
}

const SIGNALS = `
SIGHUP reads the configuration again and serves by it, unless something is wrong with it.
SIGUSR2 starts the program anew, which takes over without a pause.
SIGTERM or SIGINT finishes what is in flight and stops; a second one stops at once.`;
