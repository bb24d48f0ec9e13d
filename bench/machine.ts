/** What the figures were measured on, for the top of the report. */
import { cpus, release, totalmem } from "node:os";

export interface MachineDescription {
  readonly summary: string;
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function machineDescription(): MachineDescription {
  const processor = cpus()[0]?.model ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const versions = {
    bun: Bun.version,
    nginx: versionFrom(["nginx", "-v"], /nginx\/(\S+)/),
    haproxy: versionFrom(["haproxy", "-v"], /version (\S+)/),
    wrk: versionFrom(["wrk", "-v"], /wrk (?:debian\/)?(\S+)/),
  };
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return {
    summary: `${processor}, ${cpus().length} cores, ${memoryGiB} GiB, Linux ${release()}; ${named.join(", ")}`,
    date: new Date().toISOString(),
    versions,
  };
}

/** Some print it on standard error, and wrk exits with 1 after it. */
function versionFrom(command: string[], pattern: RegExp): string {
  const { stdout, stderr } = Bun.spawnSync(command, { env: process.env });
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? "unknown";
}
