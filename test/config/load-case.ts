/** Loads what a case file holds: from memory, or from a folder on disk when a script has to be run. */
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkCertificates } from "../../src/certificates/check-certificates.ts";
import type { Diagnostic } from "../../src/config/diagnostics/diagnostic.ts";
import { lintMachine } from "../../src/config/lint/machine.ts";
import type { LoadedConfiguration } from "../../src/config/load.ts";
import type { Origin } from "../../src/config/model.ts";
import { runScript } from "../../src/config/script/run-script.ts";
import { diskFiles } from "../../src/config/source/file-access.ts";
import { loadTested } from "../../src/explain/load-tested.ts";
import { certificatePath } from "../support/certificates.ts";
import type { CaseFile } from "./case-file.ts";
import { memoryFiles } from "./memory-files.ts";

/** Everything that is found, also on the machine that the case describes. */
export async function findingsOf(each: CaseFile): Promise<readonly Diagnostic[]> {
  const loaded = await loadCase(each);
  if (!loaded.ok) return loaded.error;
  const { configuration, provenance } = loaded.value;
  const warnings = [...loaded.value.warnings, ...(await certificateFindings(each, loaded.value))];
  if (each.machine === undefined) return warnings;
  return [...warnings, ...lintMachine(configuration.listeners, provenance, each.machine)];
}

async function certificateFindings(
  { certificatesAtMs }: CaseFile,
  { configuration, provenance }: LoadedConfiguration,
): Promise<readonly Diagnostic[]> {
  if (certificatesAtMs === undefined) return [];
  return checkCertificates(configuration, provenance, CERTIFICATES, certificatesAtMs);
}

/** Only the folder of the tests' own certificates, under another name. */
const CERTIFICATES = {
  ...diskFiles,
  read: (path: string, limitBytes: number) =>
    diskFiles.read(path.replace(/^certs\//, `${certificatePath("")}`), limitBytes),
};

export async function loadCase(each: CaseFile) {
  const { inputs, files, environment, paths } = each;
  const all = [...inputs, ...files];
  if (all.some(({ file }) => file.endsWith(".ts"))) return loadFromDisk(each);
  const contents = Object.fromEntries(all.map(({ file, text, content }) => [file, content ?? text]));
  return loadTested(paths, memoryFiles(contents, environment));
}

async function loadFromDisk({ inputs, files, environment, scriptLimitMs }: CaseFile) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "portward-case-")));
  try {
    for (const { file, text } of [...inputs, ...files]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await Bun.write(join(folder, file), text);
    }
    const access = {
      ...diskFiles,
      environment,
      runScript: (path: string) => runScript(path, scriptLimitMs),
    };
    const loaded = await loadTested(
      inputs.map(({ file }) => join(folder, file)),
      access,
    );
    return loaded.ok ? loaded : { ...loaded, error: loaded.error.map((each) => withoutFolder(each, folder)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As if the case had been loaded from where its files lie. */
function withoutFolder(diagnostic: Diagnostic, folder: string): Diagnostic {
  const inside = (origin: Origin): Origin => ({ ...origin, file: origin.file.replace(`${folder}/`, "") });
  return {
    ...diagnostic,
    message: diagnostic.message.replaceAll(`${folder}/`, ""),
    origin: inside(diagnostic.origin),
    related: diagnostic.related.map((each) => ({ ...each, origin: inside(each.origin) })),
  };
}
