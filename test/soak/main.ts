/**
 * `npm run soak [-- --seconds 300 --seed N]`: a proxy under clients and upstreams that misbehave, for a bounded time.
 * Afterwards nothing may be left: no connection, no exchange, no timer, no growth of memory, no mistake of ours; and
 * every answer that was complete must have been right. Exit 0 or 1.
 */
import { parseArgs } from "node:util";
import { runSoak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});

const report = await runSoak({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  clients: 48,
  progress: (line) => console.log(line),
});
for (const problem of report.problems) console.error(`PROBLEM: ${problem}`);
console.log(
  `${report.visits} visits, ${report.problems.length === 0 ? "nothing left over" : "FAILED"} (seed ${values.seed})`,
);
process.exit(report.problems.length === 0 ? 0 : 1);
