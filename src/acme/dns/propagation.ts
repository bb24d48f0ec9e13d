/**
 * Waiting until a record is to be seen: authorities ask the servers of the zone, any of them, and a wrong answer costs one
 * of few tries. So all of them must show it, but for those that do not answer at all: zones live with such for years.
 */
import type { AcmeDnsModel } from "../../config/model.ts";
import type { DnsRecord } from "./dns-hook.ts";
import type { RecordLookup } from "./record-lookup.ts";

export interface PropagationTools {
  readonly lookup: RecordLookup;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** Rejects when it is not there in time. */
export async function untilSeen(
  { record, value }: DnsRecord,
  seen: AcmeDnsModel["seen"],
  tools: PropagationTools,
): Promise<void> {
  if (seen.kind === "wait") {
    await tools.pause(seen.ms);
    return;
  }
  const endMs = tools.nowMs() + seen.withinMs;
  const watched = await watch(record, seen.servers, tools.lookup);
  for (let round = 0; ; round++) {
    await Promise.all(watched.servers.map((server) => look(server, watched.record, value, tools.lookup)));
    if (isSeen(watched.servers)) return;
    const leftMs = endMs - tools.nowMs();
    if (leftMs <= 0) throw new Error(`${record} is not to be seen yet: ${tellMissing(watched.servers)}`);
    await tools.pause(Math.min(leftMs, FIRST_MS * 2 ** Math.min(round, DOUBLINGS)));
  }
}

interface WatchedServer {
  readonly address: string;
  state: "unasked" | "missing" | "seen";
  /** In a row. */
  silences: number;
}

async function watch(record: string, servers: readonly string[], lookup: RecordLookup) {
  if (servers.length > 0) return { record, servers: servers.map(watchedServer) };
  const zone = await lookup.zoneOf(record);
  if (!zone.ok) {
    throw new Error(
      `it cannot be seen whether ${record} is there (${zone.error}); see \`servers\` and \`wait\``,
    );
  }
  return { record: zone.value.record, servers: zone.value.servers.map(watchedServer) };
}

function watchedServer(address: string): WatchedServer {
  return { address, state: "unasked", silences: 0 };
}

async function look(
  server: WatchedServer,
  record: string,
  value: string,
  lookup: RecordLookup,
): Promise<void> {
  if (server.state === "seen") return;
  const texts = await lookup.texts(server.address, record);
  if (!texts.ok) {
    server.silences++;
    return;
  }
  server.silences = 0;
  server.state = texts.value.includes(value) ? "seen" : "missing";
}

function isSeen(servers: readonly WatchedServer[]): boolean {
  const answering = servers.filter(({ silences }) => silences < PATIENCE);
  return answering.length > 0 && answering.every(({ state }) => state === "seen");
}

function tellMissing(servers: readonly WatchedServer[]): string {
  return servers
    .filter(({ state }) => state !== "seen")
    .map(({ address, silences }) => `${address} ${silences > 0 ? "does not answer" : "does not have it"}`)
    .join(", ");
}

const FIRST_MS = 1_000;
/** Up to 8 s. */
const DOUBLINGS = 3;
/** Questions in a row without an answer, after which a server does not count. */
const PATIENCE = 3;
