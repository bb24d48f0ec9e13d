/** `npm run soak [-- --seconds 300] [--seed N] [--clients 40]`: exit code 0 when nothing is wrong. */
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() >>> 0) },
    clients: { type: "string", default: "40" },
  },
});

const { faults, summary } = await soak({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  clients: Number(values.clients),
  onProgress: (line) => console.log(line),
});
for (const fault of faults.slice(0, 50)) console.error(fault);
console.log(summary);
console.log(
  faults.length === 0
    ? `soak: passed (seed ${values.seed})`
    : `soak: ${faults.length} faults (seed ${values.seed})`,
);
process.exit(faults.length === 0 ? 0 : 1);
