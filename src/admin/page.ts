/**
 * The page at `/`: what runs, where requests go and how the targets are, as plain HTML without a script. It asks
 * anew every few seconds.
 */
import type { AdminSource } from "./source.ts";
import type { ConfigurationStatusView, SnapshotView, WorkersView } from "./views.ts";

export async function renderPage(source: AdminSource): Promise<string> {
  const [snapshot, workers] = await Promise.all([source.snapshot(), source.workers()]);
  const status = source.configurationStatus();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>Portward</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Portward ${text(snapshot.version)} <small>${text(source.readiness())}</small></h1>
<p>${summaryOf(snapshot, workers)}</p>
${reloadSection(status)}
${listenersSection(snapshot)}
${upstreamsSection(snapshot)}
${routesSection(snapshot)}
${workersSection(workers)}
<footer>As data: ${LINKS.map((path) => `<a href="${path}">${path}</a>`).join(" · ")}</footer>
</body>
</html>
`;
}

function summaryOf({ started_at, listeners, routes }: SnapshotView, { workers }: WorkersView): string {
  const connections = listeners.reduce((sum, each) => sum + each.connections, 0);
  const counts = [
    plural(routes.length, "route"),
    plural(workers.length, "worker"),
    plural(connections, "connection"),
  ];
  return `${counts.join(", ")}; since ${text(started_at)}`;
}

function reloadSection({ last_reload, in_force_since }: ConfigurationStatusView): string {
  const { result, at, diagnostics } = last_reload;
  const found = diagnostics.map(
    ({ severity, code, message, file, line }) =>
      `<li class="${severity}">${text(`${file}:${line}: ${severity}[${code}]: ${message}`)}</li>`,
  );
  const said =
    result === "refused"
      ? `<p class="error">The configuration was refused at ${text(at)}; the one of ${text(in_force_since)} is in force.</p>`
      : `<p>Configuration in force since ${text(in_force_since)}.</p>`;
  return `<h2>Configuration</h2>${said}${found.length === 0 ? "" : `<ul>${found.join("")}</ul>`}`;
}

function listenersSection({ listeners }: SnapshotView): string {
  const rows = listeners.map(({ name, address, protocol, connections }) => [
    name,
    address,
    protocol,
    connections,
  ]);
  return `<h2>Listeners</h2>${table(["name", "address", "protocol", "connections"], rows)}`;
}

function upstreamsSection({ upstreams }: SnapshotView): string {
  const rows = upstreams.flatMap(({ name, balance, targets }) =>
    targets.map((each) => {
      const state = each.failure === null ? each.state : `${each.state} (${each.failure})`;
      return [name, balance, each.target, each.weight, state, each.active, each.connections, each.idle];
    }),
  );
  const heads = ["upstream", "balance", "target", "weight", "state", "under way", "connections", "idle"];
  return `<h2>Upstreams</h2>${table(heads, rows)}`;
}

function routesSection({ routes }: SnapshotView): string {
  const rows = routes
    .slice(0, MOST_ROUTES)
    .map(({ label, listeners, match, action, upstream, file, line }) => [
      label,
      listeners.join(", "),
      match,
      upstream ?? action,
      `${file}:${line}`,
    ]);
  const rest = routes.length - rows.length;
  const more = rest > 0 ? `<p>and ${plural(rest, "more route")}</p>` : "";
  return `<h2>Routes</h2>${table(["route", "listeners", "match", "to", "where"], rows)}${more}`;
}

function workersSection({ workers }: WorkersView): string {
  const rows = workers.map((each) => [
    each.id,
    each.pid,
    each.state,
    each.connections,
    each.active,
    `${Math.round(each.memory_bytes / 1024 / 1024)} MiB`,
  ]);
  return `<h2>Workers</h2>${table(["worker", "pid", "state", "connections", "under way", "memory"], rows)}`;
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const head = heads.map((each) => `<th>${text(each)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${text(String(cell))}</td>`).join("")}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Names and paths come from configurations, and those perhaps from others. */
function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const LINKS = [
  "/api/snapshot",
  "/api/config",
  "/api/config/status",
  "/api/workers",
  "/api/connections",
  "/api/requests",
  "/api/openapi.json",
];

/** A page is for looking at; the data has them all. */
const MOST_ROUTES = 500;

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 70rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 small { font-weight: normal; opacity: .65; }
h2 { margin: 1.6rem 0 .4rem; font-size: 1.05rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
th { font-weight: 600; opacity: .7; }
.error { color: #c22; }
footer { margin: 2rem 0; opacity: .75; }
`;
