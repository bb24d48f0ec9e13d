/** Portward as users run it: `bin/portward run`, with a configuration file, in a process of its own. */
import { join } from "node:path";
import type { Scene } from "../scene.ts";

export interface RunningPortward {
  readonly pid: number;
  /** The port of a listener by its name. */
  port(listener: string): number;
}

/**
 * @param yaml listeners may say `127.0.0.1:0`: the ports come from the line that Portward logs when it serves
 * @param options of `run`, as `--workers=1`
 */
export async function startPortward(
  scene: Scene,
  yaml: string,
  ...options: readonly string[]
): Promise<RunningPortward> {
  const file = scene.path("portward.yaml");
  await Bun.write(file, yaml);
  const started = scene.start("portward", [PROGRAM, "run", "--config", file, "--admin", "off", ...options]);
  const ports = await untilReady(scene, started);
  return {
    pid: started.pid,
    port(listener) {
      const port = ports.get(listener);
      if (port === undefined) throw new Error(`no listener '${listener}' in ${[...ports.keys()].join(", ")}`);
      return port;
    },
  };
}

async function untilReady(
  scene: Scene,
  started: { readonly exitCode: number | null },
): Promise<Map<string, number>> {
  const giveUpAt = performance.now() + START_MS;
  while (started.exitCode === null && performance.now() < giveUpAt) {
    const ports = readyPorts(await scene.logOf("portward"));
    if (ports !== null) return ports;
    await Bun.sleep(POLL_MS);
  }
  throw new Error(`portward did not get ready:\n${await scene.logOf("portward")}`);
}

function readyPorts(log: string): Map<string, number> | null {
  const line = log.split("\n").find((candidate) => candidate.includes('"event":"ready"'));
  if (line === undefined || !line.endsWith("}")) return null;
  const { listeners } = JSON.parse(line) as { listeners: readonly { name: string; address: string }[] };
  return new Map(
    listeners.map(({ name, address }) => [name, Number(address.slice(address.lastIndexOf(":") + 1))]),
  );
}

const PROGRAM = join(import.meta.dir, "../../../bin/portward");
const START_MS = 30_000;
const POLL_MS = 10;
