/**
 * `npm run build [-- FILE]`: dist/portward (or FILE), one executable that holds Bun and everything of src/ and
 * needs nothing else. Works without a network: the Bun that runs this script is the one that goes into it.
 */
import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const output = resolve(process.argv[2] ?? `${import.meta.dir}/../dist/portward`);

process.chdir(`${import.meta.dir}/..`);
await mkdir(dirname(output), { recursive: true });
await rm(output, { force: true });
const result = await Bun.build({
  entrypoints: ["src/main.ts"],
  target: "bun",
  minify: { whitespace: true, syntax: true },
  compile: {
    outfile: output,
    // As in bin/portward: nothing in the directory where it is started takes part in the start.
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
  },
});
for (const message of result.logs) console.error(message);
if (!result.success) process.exit(1);
console.log(`${output}: ${(Bun.file(output).size / (1 << 20)).toFixed(1)} MiB`);
