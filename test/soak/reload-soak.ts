/**
 * Streams that stay open while everything around them is reloaded: not one of them may break, and what the proxy holds
 * in memory must not grow with the number of configurations that it has seen.
 */
import { ProxyProcess, type ProxySize } from "../support/proxy-process.ts";
import { carry, type OpenStream, openStream, type StreamKind, StreamUpstream } from "./open-streams.ts";
import { grown, mib, type SoakOutcome } from "./soak-memory.ts";

export interface ReloadSoakOptions {
  readonly streams: number;
  readonly reloads: number;
  /** Routes beside those of the streams; each reload changes some, and moves all. */
  readonly routes: number;
  readonly onProgress: (line: string) => void;
}

export async function soakReloads(options: ReloadSoakOptions): Promise<SoakOutcome> {
  using upstream = new StreamUpstream();
  await using proxy = await ProxyProcess.start(configuration(upstream.target, options.routes, 0));
  const [http, tcp] = proxy.ports as [number, number];
  const streams: OpenStream[] = [];
  const faults: string[] = [];
  let early: ProxySize | null = null;
  const tookMs: number[] = [];
  for (let round = 1; round <= options.reloads && faults.length === 0; round++) {
    // Half of them at first, the others over the first third of the rounds, so that they began under many different
    // configurations and yet are all there when the memory is looked at for the first time.
    const share = Math.min(1, (3 * round) / options.reloads);
    const wanted = Math.ceil((options.streams / 2) * (1 + share));
    for (let i = streams.length; i < wanted; i++) {
      streams.push(await openStream(KINDS[i % KINDS.length]!, { http, tcp }));
    }
    const failure = await proxy.reload(configuration(upstream.target, options.routes, round));
    if (typeof failure === "string") faults.push(`reload ${round}: ${failure}`);
    else tookMs.push(failure);
    faults.push(
      ...(await carry(streams, upstream, `round ${round};`)).map((each) => `round ${round}: ${each}`),
    );
    if (round === Math.ceil(options.reloads / 3)) early = await proxy.size(true);
    if (round % 20 === 0)
      options.onProgress(`reload ${round}: ${streams.length} streams, ${faults.length} faults`);
  }
  const late = await proxy.size(true);
  if (early !== null) faults.push(...grown(early, late));
  faults.push(...late.mistakes.map((mistake) => `a mistake of ours: ${JSON.stringify(mistake)}`));
  for (const { socket } of streams) socket.terminate();
  return { faults, summary: summaryOf(streams.length, tookMs, early ?? late, late) };
}

function summaryOf(streams: number, tookMs: readonly number[], early: ProxySize, late: ProxySize): string {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return (
    `${streams} streams, ${tookMs.length} reloads of ${median.toFixed(1)} ms (median; longest ${(sorted.at(-1) ?? 0).toFixed(1)} ms); ` +
    `heap ${mib(early.heapBytes)} → ${mib(late.heapBytes)} MiB, objects ${early.objects} → ${late.objects}, ` +
    `process ${mib(early.rssBytes)} → ${mib(late.rssBytes)} MiB`
  );
}

/** The streams' own routes stay; before and around them routes, targets, weights and a listener come and go. */
function configuration(target: string, routes: number, round: number): string {
  const others = Array.from(
    { length: routes + (round % 3) },
    (_, i) =>
      `  - { listen: web, path: "/other-${i}-${i % 7 === 0 ? round : 0}", targets: ["127.0.0.1:${1 + ((i + (i % 5 === 0 ? round : 0)) % 900)}"] }`,
  );
  const coming = round % 2 === 0 ? "" : `, coming: { address: "127.0.0.1:0" }`;
  return `
settings: { timeouts: { idle: 10m, keep_alive: ${30 + (round % 5)}s } }
listeners: { web: { address: "127.0.0.1:0" }, raw: { address: "127.0.0.1:0" }${coming} }
upstreams: { shared: { targets: [{ host: 127.0.0.1, port: 9, weight: ${1 + (round % 4)} }, "127.0.0.1:${10 + (round % 9)}"] } }
routes:
${others.join("\n")}
  - { listen: web, path: /shared, upstream: shared }
  - { listen: web, path: /ws, targets: ["${target}"] }
  - { listen: web, path: /events, targets: ["${target}"] }
  - { kind: tcp, listen: raw, targets: ["${target}"] }
${round % 2 === 0 ? "" : "  - { listen: coming, path: /, respond: { status: 204 } }"}
`;
}

const KINDS: readonly StreamKind[] = ["websocket", "events", "tunnel"];
