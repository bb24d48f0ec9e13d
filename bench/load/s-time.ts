/**
 * Handshakes that resume a session, by `openssl s_time`: wrk makes a full one on each connection. Each process asks
 * again as soon as it is answered; several of them keep the proxy's core busy.
 */
import type { Sandbox } from "../sandbox.ts";

export interface STimeRun {
  readonly port: number;
  readonly path: string;
  readonly processes: number;
  readonly seconds: number;
  readonly core: number;
}

/** Connections that were made, each with one request. */
export async function runSTime(sandbox: Sandbox, run: STimeRun): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: run.processes }, (_, index) => runOne(sandbox, run, index)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function runOne(sandbox: Sandbox, run: STimeRun, index: number): Promise<number> {
  const name = `s_time-${index}`;
  const started = sandbox.start({ name, core: run.core, command: commandOf(run) });
  try {
    const output = await started.stdout.text();
    const count = /^(\d+) connections in \d+ real seconds/m.exec(output)?.[1];
    if (count === undefined) throw new Error(`s_time ended without a result: ${await sandbox.logOf(name)}`);
    return Number(count);
  } finally {
    await sandbox.stop(started);
  }
}

/** TLS 1.2, because s_time offers the one ticket that it got first again and again, which TLS 1.3 is not made for. */
function commandOf({ port, path, seconds }: STimeRun): string[] {
  const where = ["-connect", `127.0.0.1:${port}`, "-www", path];
  return ["openssl", "s_time", ...where, "-time", `${seconds}`, "-reuse", "-tls1_2"];
}
