/** `portward status`: what a running instance is doing, as a table. */
import { Command } from "commander";
import { pause } from "../../discovery/pause.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { instanceAt } from "./ask-instance.ts";
import { askStatus, type Status } from "./ask-status.ts";
import { instanceOption, TOKEN_HELP } from "./instance-option.ts";
import { renderStatus } from "./render-status.ts";
import { complain } from "./say.ts";
import { type TrafficRates, trafficRates } from "./traffic-rates.ts";

interface StatusOptions {
  readonly admin: string;
  readonly watch: boolean;
  readonly json: boolean;
}

export function statusCommand(context: CliContext, finish: Finish): Command {
  return new Command("status")
    .description("say what a running instance is doing")
    .addOption(instanceOption())
    .option("--watch", "again every second, until Ctrl-C", false)
    .option("--json", "the same as data; with --watch a line each", false)
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: StatusOptions) => finish(await status(options, context)));
}

async function status(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const instance = instanceAt(options.admin, context.environment);
  const stop = new AbortController();
  const forget = (["SIGINT", "SIGTERM"] as const).map((each) => context.onSignal(each, () => stop.abort()));
  try {
    let before = await askStatus(instance);
    if (!before.ok) return complain(before.error, context);
    // Rates take two looks; the first table comes once there are some.
    while (await pause(EVERY_MS, stop.signal)) {
      const now = await askStatus(instance);
      if (!now.ok) return complain(now.error, context);
      const rates = trafficRates(before.value.traffic, now.value.traffic);
      context.out(textOf(now.value, rates, options, context.isTerminal));
      if (!options.watch) break;
      before = now;
    }
    return EXIT.done;
  } finally {
    for (const each of forget) each();
  }
}

function textOf(
  status: Status,
  rates: TrafficRates | null,
  { json, watch }: StatusOptions,
  isTerminal: boolean,
): string {
  if (json) return `${JSON.stringify({ ...status, rates: ratesAsData(rates) }, null, watch ? 0 : 2)}\n`;
  const text = renderStatus(status, rates, Date.now());
  return watch ? `${isTerminal ? CLEAR : "\n"}${text}` : text;
}

function ratesAsData(rates: TrafficRates | null): object | null {
  if (rates === null) return null;
  const { requestsPerSecond, errorShare, p50Ms, p99Ms } = rates.total;
  return { requests_per_second: requestsPerSecond, error_share: errorShare, p50_ms: p50Ms, p99_ms: p99Ms };
}

/** Home, and everything behind it away: the table stays where it is. */
const CLEAR = "\u001b[H\u001b[J";
const EVERY_MS = 1_000;
