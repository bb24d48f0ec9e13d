/**
 * `portward cert revoke NAME --yes`: has a running instance revoke a certificate (RFC 8555 section 7.6) and obtain another.
 * It cannot be undone, so it wants a word more than others.
 */
import { Command, Option } from "commander";
import { REVOCATION_WORDS } from "../../admin/revocation-reasons.ts";
import type { CertificatesView } from "../../admin/views.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { askInstance, instanceAt } from "../instance/ask-instance.ts";
import { instanceOption, TOKEN_HELP } from "../instance/instance-option.ts";
import { complain } from "../instance/say.ts";
import { untilRenewed } from "./renew.ts";

interface RevokeOptions {
  readonly admin: string;
  readonly reason: string;
  readonly yes: boolean;
}

export function revokeCommand(context: CliContext, finish: Finish): Command {
  return new Command("revoke")
    .description("have the authority tell clients that a certificate is no good any more, and obtain another")
    .argument("<name>", "as `cert list` calls it, or a name that it is for")
    .addOption(
      new Option("--reason <word>", "what the authority is told")
        .choices(REVOCATION_WORDS)
        .default("unspecified"),
    )
    .option("--yes", "it cannot be undone, and is to be done", false)
    .addOption(instanceOption())
    .addHelpText("after", TOKEN_HELP)
    .action(async (name: string, options: RevokeOptions) => finish(await revoke(name, options, context)));
}

async function revoke(
  name: string,
  { admin, reason, yes }: RevokeOptions,
  context: CliContext,
): Promise<ExitCode> {
  if (!yes) {
    context.err("error: revoking a certificate cannot be undone\n  help: add --yes when it is to be done\n");
    return EXIT.usage;
  }
  const instance = instanceAt(admin, context.environment);
  const path = `/api/certificates/revoke/${encodeURIComponent(name)}?reason=${reason}`;
  const revoked = await askInstance<CertificatesView>(instance, { method: "POST", path });
  if (!revoked.ok) return complain(revoked.error, context);
  const { certificates } = revoked.value.body;
  for (const each of certificates) context.out(`${each.name}: revoked; another is asked for\n`);
  return untilRenewed(certificates, instance, context);
}
