/** `portward cert show NAME`: all that is known of one certificate, its chain, and where it is used. Never a key. */
import { Command } from "commander";
import type { CertificateView } from "../../admin/views.ts";
import { certificatesNamed } from "../../certificates/inventory.ts";
import { didYouMean } from "../../config/diagnostics/near-miss.ts";
import { configOption } from "../config-paths.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { liveInstanceOption, TOKEN_HELP } from "../instance/instance-option.ts";
import { complain, printJson } from "../instance/say.ts";
import { askCertificates, liveOption, type WhoseCertificates } from "./ask-certificates.ts";
import { daysUntil, stateText } from "./certificate-table.ts";

interface ShowOptions extends WhoseCertificates {
  readonly json: boolean;
  readonly pem: boolean;
}

export function showCommand(context: CliContext, finish: Finish): Command {
  return new Command("show")
    .description("all that is known of one certificate, and where it is used")
    .argument("<name>", "as `cert list` calls it, or a name that it is for, or its file")
    .addOption(configOption())
    .addOption(liveOption())
    .addOption(liveInstanceOption())
    .option("--pem", "the certificate and its chain alone", false)
    .option("--json", "as data", false)
    .addHelpText("after", TOKEN_HELP)
    .action(async (name: string, options: ShowOptions) => finish(await show(name, options, context)));
}

async function show(name: string, options: ShowOptions, context: CliContext): Promise<ExitCode> {
  const certificates = await askCertificates(options, context);
  if (certificates === null) return EXIT.invalid;
  const found = certificatesNamed(certificates, name);
  if (found.length === 0) return complain(unknownCertificate(name, certificates), context);
  if (options.json) printJson({ certificates: found }, context);
  else if (options.pem) context.out(found.map(({ pem }) => pem ?? "").join(""));
  else context.out(found.map((each) => described(each, Date.now())).join("\n"));
  return EXIT.done;
}

export function unknownCertificate(name: string, certificates: readonly CertificateView[]): string {
  const known = certificates.flatMap((each) => [each.name, ...each.names]);
  const help = didYouMean(name, known);
  return `there is no certificate ${JSON.stringify(name)}${help === null ? "" : `\n  help: ${help}`}`;
}

function described(view: CertificateView, nowMs: number): string {
  const { name, chain } = view;
  const rows: (readonly [string, string | null])[] = [
    ["source", `${view.source}, ${view.file}`],
    ["state", stateText(view)],
    ["for", view.names.join(", ") || null],
    ["used by", usesText(view)],
    ["subject", view.subject],
    ["issuer", view.issuer],
    ["key", view.key],
    ["valid", validText(view, nowMs)],
    ["renewal", view.next_renewal],
    ["serial", view.serial],
    ["SHA-256", view.fingerprint],
    ["pin", view.pin],
    ...chain.map((link) => ["chain", `${link.subject}, until ${link.not_after.slice(0, 10)}`] as const),
  ];
  const shown = rows.filter(([, value]) => value !== null && value !== "");
  return [name, ...shown.map(([what, value]) => `  ${what.padEnd(8)} ${value}`), ""].join("\n");
}

function usesText({ listeners, upstreams }: CertificateView): string {
  const uses = [
    ...listeners.map((name) => `listener ${name}`),
    ...upstreams.map((name) => `upstream ${name}`),
  ];
  return uses.join(", ");
}

function validText({ not_before: from, not_after: to }: CertificateView, nowMs: number): string | null {
  return from === null || to === null ? null : `${from} to ${to}, ${daysUntil(to, nowMs)} days left`;
}
