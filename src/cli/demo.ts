/** `portward demo`: what the README shows, with nothing to set up. */
import { Command } from "commander";
import { renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration, parseConfiguration } from "../config/load.ts";
import type { Configuration } from "../config/model.ts";
import { servedHere } from "../supervisor/supervise.ts";
import type { CliContext, Finish } from "./context.ts";
import { startChaosDemo } from "./demo/chaos/chaos-demo.ts";
import { DEMO_FOLDER, demoFiles } from "./demo/demo-files.ts";
import { describeDemo, tcpCommand } from "./demo/description.ts";
import type { DemoPorts } from "./demo/ports.ts";
import { type DemoUpstreams, startDemoUpstreams } from "./demo/upstreams.ts";
import { serve } from "./serve.ts";

export function demoCommand(context: CliContext, finish: Finish): Command {
  return new Command("demo")
    .description("start three small upstreams and a proxy in front of them")
    .option("--chaos", "instead, a target that fails in every way there is, with and without retries")
    .action(async ({ chaos }: { readonly chaos?: boolean }) =>
      finish(await (chaos ? chaosDemo(context) : demo(context, startDemoUpstreams()))),
    );
}

async function chaosDemo(context: CliContext): Promise<number> {
  const { yaml, description, stop } = await startChaosDemo();
  try {
    const loaded = parseConfiguration("chaos.yaml", yaml);
    if (!loaded.ok) throw new Error(`the demo's configuration: ${renderDiagnostics(loaded.error)}`);
    return await serveDemo(loaded.value.configuration, description, context);
  } finally {
    await stop();
  }
}

async function demo(context: CliContext, upstreams: DemoUpstreams): Promise<number> {
  const { ports, stop } = upstreams;
  try {
    return await serveInFront(ports, context);
  } finally {
    await stop();
  }
}

async function serveInFront(ports: DemoPorts, context: CliContext): Promise<number> {
  const loaded = await loadConfiguration([DEMO_FOLDER], demoFiles(ports));
  if (!loaded.ok) throw new Error(`the demo's files: ${renderDiagnostics(loaded.error)}`);
  const description = describeDemo(ports, tcpCommand(ports.tcp, Bun.which("bash") !== null));
  return serveDemo(loaded.value.configuration, description, context);
}

function serveDemo(configuration: Configuration, description: string, context: CliContext): Promise<number> {
  const options = { drainMs: () => DRAIN_MS, hasFiles: false, onReady: () => context.out(description) };
  const log = onlyTrouble(context.log);
  const starting = context.startProxy(configuration, { log });
  return serve(starting.then(servedHere), options, { ...context, log });
}

/** The demo talks to a person, who has the table; what goes wrong is still said. */
function onlyTrouble(log: CliContext["log"]): CliContext["log"] {
  return (line) => {
    if (!("level" in line) || line.level !== "info") log(line);
  };
}

/** Ctrl-C ends a demo within a second, whatever is in flight. */
const DRAIN_MS = 500;
