/**
 * Invariant: whatever the bytes and however they are split: the same events for any split, only documented
 * violations, no exception, bounded memory. `npm run fuzz -- --seconds N --seed S` (codec-invariant.ts says it in code).
 *
 * A find is printed with the seed, made as short as it can be, and becomes a row of test/conformance.
 */
import { parseArgs } from "node:util";
import { fuzzCodec } from "./fuzz-codec.ts";

const { values } = parseArgs({
  args: Bun.argv.slice(2),
  options: { seconds: { type: "string", default: "30" }, seed: { type: "string" } },
});
const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  console.error("usage: npm run fuzz -- [--seconds N] [--seed S]");
  process.exit(2);
}

console.log(`fuzz: seed ${seed}, ${seconds} s`);
const result = fuzzCodec(seed, seconds * 1_000);
console.log(`fuzz: ${result.messages} messages, ${result.complete} of them accepted whole`);
if (result.find !== null) {
  console.error(`fuzz: ${result.find.kind}: ${JSON.stringify(result.find.text)}\n${result.find.problem}`);
  process.exit(1);
}
