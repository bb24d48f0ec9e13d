/**
 * `npm test`: formatting and lint, types, the direction of imports, then every test that needs nothing but what
 * `npm ci` installed. Programs are taken from node_modules/.bin, which needs no install script.
 */
import { Glob } from "bun";
import { runSteps, type Step, testStep } from "./steps.ts";

process.chdir(`${import.meta.dir}/..`);

const checks: readonly Step[] = [
  { name: "biome", command: ["node_modules/.bin/biome", "check", "."], counts: "as one" },
  { name: "types", command: ["node_modules/.bin/tsc", "--noEmit"], counts: "as one" },
  { name: "imports", command: [process.execPath, "scripts/check-imports.ts"], counts: "as one" },
];

/** Tests with a command of their own: they need Debian packages, or minutes. */
const ELSEWHERE = /^test\/(interop|soak)\//;
/** Against tests that hang: the longest take 15 s beside as much other work as there are cores. */
const TEST_TIMEOUT_MS = 60_000;
const LIMIT_MS = 25 * 60_000;

const files = [...new Glob("{src,test,bench,scripts}/**/*.test.ts").scanSync(".")];
const own = files.filter((file) => !ELSEWHERE.test(file)).sort();
process.exit(await runSteps([...checks, testStep("tests", own, TEST_TIMEOUT_MS)], LIMIT_MS));
