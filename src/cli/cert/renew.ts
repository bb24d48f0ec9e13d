/** `portward cert renew NAME`: has a running instance ask for another certificate now, and waits for what comes of it. */
import { Command } from "commander";
import type { CertificatesView, CertificateView } from "../../admin/views.ts";
import { err, ok, type Result } from "../../base/result.ts";
import { printable } from "../../config/diagnostics/wording.ts";
import { pause } from "../../discovery/pause.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { askInstance, type InstanceAddress, instanceAt } from "../instance/ask-instance.ts";
import { instanceOption, TOKEN_HELP } from "../instance/instance-option.ts";
import { complain } from "../instance/say.ts";

export function renewCommand(context: CliContext, finish: Finish): Command {
  return new Command("renew")
    .description("have a running instance obtain a certificate anew, before its time")
    .argument("<name>", "as `cert list` calls it, or a name that it is for")
    .addOption(instanceOption())
    .addHelpText("after", TOKEN_HELP)
    .action(async (name: string, { admin }: { readonly admin: string }) =>
      finish(await renew(name, instanceAt(admin, context.environment), context)),
    );
}

async function renew(name: string, instance: InstanceAddress, context: CliContext): Promise<ExitCode> {
  const before = await askAll(instance);
  if (!before.ok) return complain(before.error, context);
  const path = `/api/certificates/renew/${encodeURIComponent(name)}`;
  const begun = await askInstance<CertificatesView>(instance, { method: "POST", path });
  if (!begun.ok) return complain(begun.error, context);
  const asked = new Set(begun.value.body.certificates.map((each) => each.name));
  for (const each of asked) context.out(`${each}: asked for\n`);
  return untilRenewed(
    before.value.filter((each) => asked.has(each.name)),
    instance,
    context,
  );
}

/** @param before those that are awaited, as they were */
export async function untilRenewed(
  before: readonly CertificateView[],
  instance: InstanceAddress,
  context: CliContext,
): Promise<ExitCode> {
  const awaited = new Map(before.map((each) => [each.name, each]));
  let failed = false;
  for (let tries = 0; tries < MOST_TRIES && awaited.size > 0; tries++) {
    const now = await askAll(instance);
    if (!now.ok) return complain(now.error, context);
    for (const each of now.value) {
      const outcome = outcomeOf(awaited.get(each.name), each);
      if (outcome === null) continue;
      awaited.delete(each.name);
      if (outcome.ok) context.out(`${each.name}: ${outcome.value}\n`);
      else complain(`${each.name}: ${outcome.error}`, context);
      failed ||= !outcome.ok;
    }
    if (awaited.size > 0) await pause(EVERY_MS, NEVER);
  }
  for (const each of awaited.keys())
    complain(`${each}: nothing has come of it yet; \`cert list --live\` tells`, context);
  return failed || awaited.size > 0 ? EXIT.invalid : EXIT.done;
}

/** Null while nothing has come of it. */
function outcomeOf(before: CertificateView | undefined, now: CertificateView): Result<string, string> | null {
  if (before === undefined) return null;
  if (now.fingerprint !== null && now.fingerprint !== before.fingerprint)
    return ok(`renewed, valid until ${now.not_after}`);
  const { last_failure: failure, next_renewal: next, state } = now;
  const isNews = failure !== null && failure.at !== before.last_failure?.at;
  // An authority that has said when it may be asked again is not asked, and that is no failure of now.
  const isPutOff = state !== "ordering" && next !== null && Date.parse(next) > Date.now() + SOON_MS;
  if (!isNews && !isPutOff) return null;
  const why = failure === null ? "nothing came of it" : printable(failure.message);
  return err(`${why}; it is asked for again at ${next}\n  help: what was there before is still served`);
}

async function askAll(instance: InstanceAddress): Promise<Result<readonly CertificateView[], string>> {
  const answer = await askInstance<CertificatesView>(instance, { method: "GET", path: "/api/certificates" });
  return answer.ok ? ok(answer.value.body.certificates) : answer;
}

/** While another instance asks, one looks again every five seconds. */
const SOON_MS = 10_000;
const EVERY_MS = 500;
/** Five minutes: authorities look from several places, one after the other. */
const MOST_TRIES = 600;
const NEVER = new AbortController().signal;
