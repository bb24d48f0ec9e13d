/** `portward explain URL`: what would happen to this request, step by step, each with the place that decided it. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { ExplanationView } from "../admin/views.ts";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration } from "../config/load.ts";
import { parseFieldName, parseMethod } from "../config/values/header-field.ts";
import { canonicalIp } from "../config/values/host-name.ts";
import { parseRequestUrl, type RequestUrl } from "../config/values/request-url.ts";
import { Explainer } from "../explain/explainer.ts";
import { explanationAsData } from "../explain/explanation-data.ts";
import { renderExplanation } from "../explain/render-explanation.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { askInstance, instanceAt } from "./instance/ask-instance.ts";
import { liveInstanceOption, TOKEN_HELP } from "./instance/instance-option.ts";
import { complain } from "./instance/say.ts";

type Header = readonly [name: string, value: string];

interface ExplainOptions {
  readonly config?: readonly string[];
  readonly method: string;
  readonly header?: readonly Header[];
  readonly from?: string;
  readonly json: boolean;
  readonly live: boolean;
  readonly admin: string;
}

export function explainCommand(context: CliContext, finish: Finish): Command {
  return new Command("explain")
    .description("say what would happen to a request, and which line decides it")
    .argument("<url>", "as a client would ask for it: http://shop.example/api?page=2", parseUrl)
    .addOption(configOption())
    .option("-X, --method <method>", "the request's method", checkMethod, "GET")
    .option("-H, --header <'Name: value'>", "a header field; may be repeated", addHeader)
    .option("--from <ip>", "the client's address", parseAddress)
    .option("--json", "the same as data", false)
    .addOption(
      new Option("--live", "ask a running instance, with its targets as they are now")
        .default(false)
        .conflicts("config"),
    )
    .addOption(liveInstanceOption())
    .addHelpText("after", `${EXAMPLE}${TOKEN_HELP}`)
    .action(async (url: RequestUrl, options: ExplainOptions) => finish(await explain(url, options, context)));
}

async function explain(url: RequestUrl, options: ExplainOptions, context: CliContext): Promise<ExitCode> {
  if (options.live) return explainLive(url, options, context);
  const loaded = await loadConfiguration(configPaths(options.config, context.environment));
  if (!loaded.ok) {
    if (options.json) context.out(json({ ok: false, diagnostics: diagnosticsAsData(loaded.error) }));
    else context.err(renderDiagnostics(loaded.error));
    return EXIT.invalid;
  }
  const { method, header: headers = [], from = null } = options;
  const explanation = new Explainer(loaded.value).explain({ method, url, headers, from });
  context.out(options.json ? json(explanationAsData(explanation)) : renderExplanation(explanation));
  return EXIT.done;
}

async function explainLive(
  url: RequestUrl,
  { admin, method, header: headers = [], from, json: asJson }: ExplainOptions,
  context: CliContext,
): Promise<ExitCode> {
  const body = { method, url: url.text, headers, from: from ?? null };
  const instance = instanceAt(admin, context.environment);
  const answer = await askInstance<ExplanationView>(instance, { method: "POST", path: "/api/explain", body });
  if (!answer.ok) return complain(answer.error, context);
  const { text, explanation } = answer.value.body;
  context.out(asJson ? json(explanation) : text);
  return EXIT.done;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function parseUrl(text: string): RequestUrl {
  const url = parseRequestUrl(text);
  if (url.ok) return url.value;
  const hint = /^[a-z]+:\/\//i.test(text) ? "" : ` Perhaps you meant http://${text.replace(/^\/+/, "")}`;
  throw new InvalidArgumentError(`The URL ${url.error.replaceAll("`", "")}.${hint}`);
}

function checkMethod(text: string): string {
  const method = parseMethod(text);
  if (method.ok) return method.value;
  throw new InvalidArgumentError(`${method.error.message}.`.replaceAll("`", "'"));
}

/** Blanks around the value are no part of it (RFC 9112 section 5); what else is in it is for the reader to judge. */
function addHeader(text: string, before: readonly Header[] = []): readonly Header[] {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(0, colon));
  if (!parseFieldName(name).ok || /[\r\n]/.test(text)) {
    throw new InvalidArgumentError("Expected 'Name: value' on one line.");
  }
  return [...before, [name, text.slice(colon + 1).trim()]];
}

function parseAddress(text: string): string {
  const address = canonicalIp(text);
  if (address !== null) return address;
  throw new InvalidArgumentError("Expected an IP address.");
}

const EXAMPLE = `
Example: portward explain --config shop.yaml -X POST -H 'X-Canary: 1' http://shop.example/api`;
