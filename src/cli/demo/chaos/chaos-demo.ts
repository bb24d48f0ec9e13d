/**
 * `portward demo --chaos`: a target that fails in whatever way the path names, a sound one beside it, and the proxy in
 * front of both, once with retries and once without.
 */
import { onFreePort, probePort } from "../free-port.ts";
import type { ChaosAnswer, ChaosRequest } from "./chaos-connection.ts";
import { ChaosUpstream } from "./chaos-upstream.ts";
import { FAULTS, type FaultName, isFaultName } from "./fault.ts";

export interface ChaosDemo {
  /** Of the proxy in front. */
  readonly port: number;
  readonly yaml: string;
  /** What is printed. */
  readonly description: string;
  stop(): Promise<void>;
}

export async function startChaosDemo(): Promise<ChaosDemo> {
  const faulty = await ChaosUpstream.start(faultOfPath);
  const sound = await ChaosUpstream.start(({ target }) => ({
    body: bodyFor(target),
    fault: FAULTS.none.fault,
  }));
  const port = onFreePort(WANTED_PORT, probePort);
  const yaml = yamlFor(port, faulty.target, sound.target);
  return {
    port,
    yaml,
    description: describe(port),
    stop: async () => {
      await Promise.all([faulty[Symbol.asyncDispose](), sound[Symbol.asyncDispose]()]);
    },
  };
}

/** `/reset-body/whatever` meets the fault `reset-body`; any other path one that is drawn. */
function faultOfPath({ target }: ChaosRequest): ChaosAnswer {
  const name = target.split(/[/?]/)[1] ?? "";
  return { body: bodyFor(target), fault: FAULTS[isFaultName(name) ? name : drawn()].fault };
}

function drawn(): FaultName {
  const names = Object.keys(FAULTS) as FaultName[];
  return names[Math.floor(Math.random() * names.length)]!;
}

function bodyFor(target: string): string {
  return `the answer to ${target}, whole and right\n`.repeat(5);
}

function yamlFor(port: number, faulty: string, sound: string): string {
  return `name: chaos
settings: { timeouts: { response: 2s, idle: 2s } }
upstreams:
  pair: { balance: round_robin, targets: ["${faulty}", "${sound}"] }
routes:
  - { listen: ${port}, path: /bare, rewrite: /, upstream: pair }
  - listen: ${port}
    path: /shielded
    rewrite: /
    upstream: pair
    retry: { after: [connect, reset, timeout, malformed], statuses: [503], per_try: 500ms, budget: 100% }
`;
}

function describe(port: number): string {
  const width = Math.max(...Object.keys(FAULTS).map((name) => name.length));
  return [
    "Portward demo: a target that fails as it is told, and a sound one beside it.",
    "",
    `  http://127.0.0.1:${port}/bare/FAULT      to one of the two, as it comes`,
    `  http://127.0.0.1:${port}/shielded/FAULT  the same with retries`,
    "",
    "FAULT is one of:",
    ...Object.entries(FAULTS).map(([name, { text }]) => `  ${name.padEnd(width)}  ${text}`),
    "",
    "Every second request meets the fault. Try each twice:",
    `  curl -i http://127.0.0.1:${port}/bare/reset`,
    `  curl -i http://127.0.0.1:${port}/shielded/reset`,
    `  curl -i http://127.0.0.1:${port}/shielded/reset-body   (too late to hide: the client is told by a broken connection)`,
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}

const WANTED_PORT = 5000;
