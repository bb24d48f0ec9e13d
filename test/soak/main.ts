/**
 * `npm run soak [-- --seconds 300] [--seed N] [--clients 40]`, or `npm run soak -- --scenario reloads [--streams 2000]
 * [--reloads 500] [--routes 300]`, or `npm run soak -- --scenario idle [--connections 18000]`, or
 * `npm run soak -- --scenario crowd [--connections 20000]`, or
 * `npm run soak -- --scenario websockets [--seconds 60] [--clients 40] [--seed N]`, or
 * `npm run soak -- --scenario processes [--seconds 60] [--workers 2]`: exit code 0 when nothing is wrong.
 */
import { parseArgs } from "node:util";
import { soakCrowd } from "./crowd-soak.ts";
import { soakIdle } from "./idle-soak.ts";
import { soakProcesses } from "./process-soak.ts";
import { soakReloads } from "./reload-soak.ts";
import { soak } from "./soak.ts";
import { soakWebSockets } from "./web-socket-soak.ts";

const { values } = parseArgs({
  options: {
    scenario: { type: "string", default: "mixed" },
    seconds: { type: "string" },
    workers: { type: "string", default: "2" },
    seed: { type: "string", default: String(Date.now() >>> 0) },
    clients: { type: "string", default: "40" },
    streams: { type: "string", default: "2000" },
    reloads: { type: "string", default: "500" },
    connections: { type: "string" },
    routes: { type: "string", default: "300" },
  },
});

const SEEDED: ReadonlySet<string> = new Set(["mixed", "websockets"]);
const { faults, summary } = await run();
for (const fault of faults.slice(0, 50)) console.error(fault);
console.log(summary);
const seed = SEEDED.has(values.scenario) ? ` (seed ${values.seed})` : "";
console.log(faults.length === 0 ? `soak: passed${seed}` : `soak: ${faults.length} faults${seed}`);
process.exit(faults.length === 0 ? 0 : 1);

function run(): Promise<{ readonly faults: readonly string[]; readonly summary: string }> {
  const onProgress = (line: string) => console.log(line);
  const { streams, reloads, routes, seconds = "300", clients } = values;
  if (values.scenario === "reloads") {
    return soakReloads({
      streams: Number(streams),
      reloads: Number(reloads),
      routes: Number(routes),
      onProgress,
    });
  }
  if (values.scenario === "idle") {
    return soakIdle({ connections: Number(values.connections ?? 18_000), onProgress });
  }
  if (values.scenario === "crowd") {
    return soakCrowd({ connections: Number(values.connections ?? 20_000), onProgress });
  }
  if (values.scenario === "websockets") {
    const numbers = { seconds: Number(values.seconds ?? 60), webSockets: Number(clients) };
    return soakWebSockets({ ...numbers, seed: Number(values.seed), onProgress });
  }
  if (values.scenario === "processes") {
    const numbers = { connections: 256, reloads: 100, ends: 20, upgrades: 5 };
    const workers = Number(values.workers);
    return soakProcesses({ ...numbers, seconds: Number(values.seconds ?? 60), workers, onProgress });
  }
  if (values.scenario !== "mixed")
    throw new Error(`no scenario '${values.scenario}': mixed, reloads, idle, crowd, websockets or processes`);
  return soak({ seconds: Number(seconds), seed: Number(values.seed), clients: Number(clients), onProgress });
}
