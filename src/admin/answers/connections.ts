/**
 * Live connections, page by page: worker after worker, and within one by number. Numbers only grow, so a page
 * begins where the last one ended however many connections have come and gone meanwhile.
 */
import type { ConnectionReport } from "../../downstream/connection-report.ts";
import type { ConnectionsPage } from "../source.ts";
import type { ConnectionsView } from "../views.ts";
import type { WorkerSource } from "../worker-source.ts";

type View = ConnectionsView["connections"][number];

export async function connectionsPage(
  workers: readonly WorkerSource[],
  { after, limit, listener }: ConnectionsPage,
): Promise<ConnectionsView> {
  const start = cursorOf(after);
  const found: View[] = [];
  for (const worker of [...workers].sort((a, b) => a.id - b.id)) {
    if (worker.id < start.worker || found.length > limit) continue;
    const afterId = worker.id === start.worker ? start.id : 0;
    // One more than asked for tells whether there is a next page.
    const wanted = { afterId, limit: limit + 1 - found.length, listener };
    found.push(...(await worker.connections(wanted)).map((report) => viewOf(worker.id, report)));
  }
  const connections = found.slice(0, limit);
  return { connections, next: found.length > limit ? (connections.at(-1)?.id ?? null) : null };
}

/** `WORKER:NUMBER` */
export const CURSOR = /^\d{1,9}:\d{1,15}$/;

function cursorOf(after: string | null): { readonly worker: number; readonly id: number } {
  if (after === null) return { worker: 0, id: 0 };
  const [worker, id] = after.split(":").map(Number);
  return { worker: worker!, id: id! };
}

function viewOf(worker: number, report: ConnectionReport): View {
  const { id, listener, protocol, remoteAddress, openedAtMs, state, requests, unsentBytes } = report;
  return {
    id: `${worker}:${id}`,
    listener,
    protocol,
    client: remoteAddress,
    opened_at: new Date(openedAtMs).toISOString(),
    state,
    requests,
    unsent_bytes: unsentBytes,
  };
}
