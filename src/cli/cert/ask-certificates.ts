/** Certificates for a command: of files that are read here, or as a running instance sees them. */
import { Option } from "commander";
import { certificateViews } from "../../admin/answers/certificates.ts";
import { redacted } from "../../admin/answers/redacted.ts";
import type { CertificatesView, CertificateView } from "../../admin/views.ts";
import { certificateInventory } from "../../certificates/inventory.ts";
import { diskFiles } from "../../config/source/file-access.ts";
import { configPaths } from "../config-paths.ts";
import type { CliContext } from "../context.ts";
import { askInstance, instanceAt } from "../instance/ask-instance.ts";
import { complain } from "../instance/say.ts";
import { loadOrExplain } from "../load-or-explain.ts";

export interface WhoseCertificates {
  readonly config?: readonly string[];
  readonly live: boolean;
  readonly admin: string;
}

export function liveOption(): Option {
  return new Option("--live", "of the running instance, with the next renewal and what went wrong last")
    .default(false)
    .conflicts("config");
}

/** Null after a complaint. */
export async function askCertificates(
  { config, live, admin }: WhoseCertificates,
  context: CliContext,
): Promise<readonly CertificateView[] | null> {
  if (live) return askLive(admin, context);
  const loaded = await loadOrExplain(configPaths(config, context.environment), context);
  if (loaded === null) return null;
  const entries = await certificateInventory(loaded.configuration, diskFiles);
  return redacted(certificateViews(entries, [], Date.now()), loaded.secrets);
}

async function askLive(admin: string, context: CliContext): Promise<readonly CertificateView[] | null> {
  const instance = instanceAt(admin, context.environment);
  const answer = await askInstance<CertificatesView>(instance, { method: "GET", path: "/api/certificates" });
  if (answer.ok) return answer.value.body.certificates;
  complain(answer.error, context);
  return null;
}
