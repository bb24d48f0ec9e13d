/**
 * What a reload of many routes costs whoever is served meanwhile: `bin/bun bench/reload.ts [routes] [workers] [change]`.
 * The real program, with one client that asks again and again. What changes each time: the target of `one` route (unless
 * said otherwise), the places of all by another in `front` of them, or the targets of `all`. Prints how long the reload took
 * from the signal to the line in the log, and the slowest request within it beside the slowest without.
 */

import { RunningProgram } from "../test/supervisor/running-program.ts";
import { RawPeer } from "../test/support/raw-peer.ts";

const [routes = "10000", workers = "2", change = "one"] = process.argv.slice(2);
const ROUNDS = 6;
const IDLE_REQUESTS = 500;

await using program = await RunningProgram.start(configuration(0), ["--workers", workers]);
using client = await RawPeer.connect(program.port);
for (let i = 0; i < IDLE_REQUESTS; i++) await latencyMs();
const quiet = await slowest(IDLE_REQUESTS, () => true);
console.log(
  `${routes} routes, ${workers} workers; slowest of ${IDLE_REQUESTS} requests without a reload: ${quiet.toFixed(1)} ms`,
);
for (let round = 1; round <= ROUNDS; round++) {
  await program.configure(configuration(round));
  const before = program.count("reloaded");
  program.signal("SIGHUP");
  const during = await slowest(Number.POSITIVE_INFINITY, () => program.count("reloaded") === before);
  console.log(
    `  reload ${round}: ${program.last("reloaded")["took_ms"]} ms, slowest request ${during.toFixed(1)} ms`,
  );
}

async function slowest(count: number, goesOn: () => boolean): Promise<number> {
  let worstMs = 0;
  for (let i = 0; i < count && goesOn(); i++) worstMs = Math.max(worstMs, await latencyMs());
  return worstMs;
}

async function latencyMs(): Promise<number> {
  const begunMs = performance.now();
  client.clear();
  client.send("GET /fixed HTTP/1.1\r\nHost: h\r\n\r\n");
  await client.until(/hi$/);
  return performance.now() - begunMs;
}

function configuration(round: number): string {
  const others = Array.from(
    { length: Number(routes) },
    (_, i) =>
      `  - { listen: web, host: "h${i % 100}.example", path: "/service-${i}", rewrite: /, targets: ["10.0.${(i >> 8) & 255}.${i & 255}:${i === 5 || change === "all" ? 80 + round : 80}"] }`,
  );
  const front = Array.from(
    { length: change === "front" ? round : 0 },
    (_, i) => `  - { listen: web, path: /front-${i}, respond: { status: 200, body: hi } }`,
  );
  return [
    "settings: { limits: { requests_per_connection: 100000000 } }",
    `listeners: { web: { address: "127.0.0.1:0" } }`,
    "routes:",
    "  - { listen: web, path: /fixed, respond: { status: 200, body: hi } }",
    ...front,
    ...others,
    "",
  ].join("\n");
}
