/** Starts a peer or an origin from its launch data, and waits until its port accepts connections. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Launch } from "./peers/peer.ts";
import type { PipedProcess, Sandbox } from "./sandbox.ts";

export interface StartRequest {
  readonly name: string;
  readonly launch: Launch;
  readonly core: number;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Throws what the process said on standard error when it ends instead of listening. */
export async function startListening(sandbox: Sandbox, request: StartRequest): Promise<PipedProcess> {
  const { name, launch, core, port, env } = request;
  for (const [path, content] of Object.entries(launch.files)) {
    const file = join(sandbox.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await Bun.write(file, content);
  }
  const process = sandbox.start({ name, command: launch.command, core, ...(env ? { env } : {}) });
  const failure = await untilAccepting(process, port);
  if (failure !== null) throw new Error(`${name} ${failure}\n${await sandbox.logOf(name)}`);
  return process;
}

async function untilAccepting(process: PipedProcess, port: number): Promise<string | null> {
  const giveUpAt = performance.now() + START_MS;
  while (performance.now() < giveUpAt) {
    if (process.exitCode !== null) return `ended with exit code ${process.exitCode}`;
    if (await accepts(port)) return null;
    await Bun.sleep(POLL_MS);
  }
  return `did not listen within ${START_MS} ms`;
}

async function accepts(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch {
    return false;
  }
}

const START_MS = 15_000;
const POLL_MS = 20;
