/**
 * WebSockets of both versions' clients to both versions' targets on connections that they share, while the proxy is reloaded: every
 * message must come right in both directions, nobody may stand still, and nothing may be left over when all are closed.
 */
import { NodePeer } from "../support/node-peer.ts";
import { ProxyProcess, type ProxySize } from "../support/proxy-process.ts";
import { grown, mib, type SoakOutcome } from "./soak-memory.ts";
import { serveWebSockets, type Talked, talk, type Version } from "./web-socket-peers.ts";

export interface WebSocketSoakOptions {
  readonly seconds: number;
  readonly webSockets: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

const VERSIONS: readonly Version[] = ["http1", "h2"];

export async function soakWebSockets(options: WebSocketSoakOptions): Promise<SoakOutcome> {
  await using targets = new NodePeer();
  await using clients = new NodePeer();
  const ports = await Promise.all(VERSIONS.map((version) => targets.run(serveWebSockets, version)));
  await using proxy = await ProxyProcess.start(configuration(ports, 0));
  const faults: string[] = [];
  void targets.told(NEVER_MS).then(
    (what) => faults.push(`a target: ${what}`),
    () => {},
  );
  const seconds = options.seconds / 2;
  const round = async (seed: number): Promise<{ talked: Talked[]; reloads: number; size: ProxySize }> => {
    let isOver = false;
    const talking = Promise.all(
      VERSIONS.map((version) => clients.run(talk, talkOptions(version, seed))),
    ).finally(() => {
      isOver = true;
    });
    let reloads = 0;
    while (!isOver) {
      const outcome = await proxy.reload(configuration(ports, ++reloads));
      if (typeof outcome === "string") faults.push(`reload ${reloads}: ${outcome}`);
      await Promise.race([talking, Bun.sleep(RELOAD_EVERY_MS)]);
    }
    const talked = await talking;
    for (const each of talked) faults.push(...each.faults);
    faults.push(...(await leftovers(proxy)));
    return { talked, reloads, size: await proxy.size(true) };
  };
  const talkOptions = (version: Version, seed: number) => ({
    port: proxy.port,
    version,
    connections: CONNECTIONS,
    webSockets: options.webSockets / VERSIONS.length,
    seconds,
    seed,
  });
  const early = await round(options.seed);
  options.onProgress(`half: ${describe(early.talked)}, ${early.reloads} reloads, ${faults.length} faults`);
  const late = await round(options.seed + 1);
  faults.push(...grown(early.size, late.size));
  faults.push(...late.size.mistakes.map((mistake) => `a mistake of ours: ${JSON.stringify(mistake)}`));
  const summary =
    `${options.webSockets} WebSockets at a time, ${describe([...early.talked, ...late.talked])}, ` +
    `${early.reloads + late.reloads} reloads; heap ${mib(early.size.heapBytes)} → ${mib(late.size.heapBytes)} MiB, ` +
    `objects ${early.size.objects} → ${late.size.objects}, process ${mib(early.size.rssBytes)} → ${mib(late.size.rssBytes)} MiB`;
  return { faults, summary };
}

/** All WebSockets are closed: the proxy has no client and no exchange, and in its pools nothing but what is idle. */
async function leftovers(proxy: ProxyProcess): Promise<string[]> {
  const endMs = performance.now() + LEFT_MS;
  for (;;) {
    const { listeners, targets } = (await proxy.size()).census;
    const open = listeners.filter(({ connections }) => connections !== 0);
    const used = targets.filter(({ active, connections, idle }) => active !== 0 || connections !== idle);
    if (open.length + used.length === 0) return [];
    if (performance.now() > endMs)
      return [...open, ...used].map((each) => `left over: ${JSON.stringify(each)}`);
    await Bun.sleep(50);
  }
}

function describe(talked: readonly Talked[]): string {
  const sum = (of: (each: Talked) => number) => talked.reduce((total, each) => total + of(each), 0);
  return (
    `${sum((each) => each.conversations)} conversations, ${sum((each) => each.messages)} answers of ` +
    `${sum((each) => each.megabytes)} MB both ways, ${sum((each) => each.aborted)} aborts, ${sum((each) => each.pauses)} pauses`
  );
}

/** The WebSockets' routes stay; another comes and goes before them, and a setting of theirs changes. */
function configuration([http1, h2]: readonly number[], round: number): string {
  const other = `  - { listen: web, path: /other-${round % 3}, respond: { status: 204 } }\n`;
  return `
settings: { timeouts: { keep_alive: ${60 + (round % 5)}s } }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
${round % 2 === 0 ? "" : other}  - { listen: web, path: /http1, targets: ["127.0.0.1:${http1}"], protocol: http1 }
  - { listen: web, path: /h2, targets: ["127.0.0.1:${h2}"], protocol: h2 }
`;
}

const CONNECTIONS = 4;
const RELOAD_EVERY_MS = 250;
const LEFT_MS = 10_000;
const NEVER_MS = 2 ** 31 - 1;
