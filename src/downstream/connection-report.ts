/** A client's connection as it is now, for the admin address. */
import type { Connection } from "../io/connection.ts";
import { realClock } from "../io/real-clock.ts";

export interface ConnectionReport {
  /** Never given twice by one process. */
  readonly id: number;
  readonly listener: string;
  readonly protocol: "http/1.1" | "h2" | "tcp";
  /** "" for a client of a Unix socket. */
  readonly remoteAddress: string;
  readonly openedAtMs: number;
  readonly state: "idle" | "active" | "tunnel" | "waiting" | "closing";
  /** Requests begun; 1 for a tunnel. */
  readonly requests: number;
  readonly unsentBytes: number;
}

/** What a session tells of itself. */
export interface SessionCensus extends Pick<ConnectionReport, "protocol" | "state" | "requests"> {
  readonly connection: Connection;
}

export interface ConnectionsQuestion {
  /** Only connections that came later than the one with this number. */
  readonly afterId: number;
  readonly limit: number;
  /** Null for those of all. */
  readonly listener: string | null;
}

export function reportConnections(
  listener: string,
  sessions: Iterable<{ readonly census: SessionCensus }>,
  { afterId, limit }: ConnectionsQuestion,
): ConnectionReport[] {
  return [...sessions]
    .map(({ census }) => census)
    .filter(({ connection }) => connection.id > afterId)
    .sort((a, b) => a.connection.id - b.connection.id)
    .slice(0, limit)
    .map((census) => reportOf(listener, census));
}

function reportOf(listener: string, { connection, ...census }: SessionCensus): ConnectionReport {
  const { id, openedMs, remoteAddress, unsentBytes } = connection;
  const openedAtMs = realClock.wallMs() - (realClock.nowMs() - openedMs);
  return { id, listener, remoteAddress, openedAtMs, unsentBytes, ...census };
}
