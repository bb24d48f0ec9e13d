/** The recent requests of all workers, the newest first. */
import type { RecentReport, RecentRequest } from "../../observe/recent-requests.ts";
import type { RequestsView } from "../views.ts";

export function mergedRequests(reports: readonly RecentReport[], limit: number): RequestsView {
  const all = reports.flatMap(({ requests }) => requests);
  if (reports.length > 1) all.sort((a, b) => b.atMs - a.atMs);
  return {
    requests: all.slice(0, limit).map(viewOf),
    skipped: reports.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

function viewOf(report: RecentRequest): RequestsView["requests"][number] {
  const { requestId, listener, route, target, remoteAddress, method, host, path, status, error } = report;
  return {
    time: new Date(report.atMs).toISOString(),
    request_id: requestId,
    listener,
    route,
    target,
    client: remoteAddress,
    method,
    host,
    path,
    cut: report.isCut,
    field_names: [...report.fieldNames],
    status,
    error,
    total_ms: Math.round(report.totalMs * 1000) / 1000,
  };
}
