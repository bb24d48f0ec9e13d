/**
 * Input that is no configuration, or far too much of one: a clear error within seconds, exit code 1, and memory that
 * does not grow with the input. The bounds are loose, because this is no benchmark.
 */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PeakMemory } from "../support/peak-memory.ts";
import { cleanUp, PORTWARD, temporaryFolder, writeFile } from "./support.ts";

afterEach(cleanUp);

const LIMIT_MS = 10_000;
const LIMIT_BYTES = 700 * 1024 * 1024;
/** Less, and nothing has been measured. */
const LEAST_BYTES = 10 * 1024 * 1024;

interface Row {
  readonly name: string;
  /** Makes the input and gives its path. */
  readonly make: (folder: string) => string;
  readonly says: string;
}

const ROWS: readonly Row[] = [
  {
    name: "a file of 50 MiB",
    make: (folder) => {
      const path = writeFile(join(folder, "big.yaml"), "");
      truncateSync(path, 50 * 1024 * 1024);
      return path;
    },
    says: "big.yaml:1:1: error[file.too_large]: the file is larger than 8MiB",
  },
  {
    name: "200,000 routes in one file",
    make: (folder) => writeFile(join(folder, "many.yaml"), `name: many\n${routes(0, 200_000)}`),
    says: "error[file.too_large]",
  },
  {
    name: "200,000 routes in four files",
    make: (folder) => {
      for (let index = 0; index < 4; index++) {
        writeFile(join(folder, `${index}.yaml`), routes(index * 50_000, 50_000));
      }
      return folder;
    },
    says: "2.yaml:2:3: error[config.too_large]: the configuration has more than 100,000 routes",
  },
  {
    name: "deep nesting",
    make: (folder) => writeFile(join(folder, "deep.yaml"), `a: ${"[".repeat(1_000_000)}`),
    says: "error[yaml.too_deep]: lists and maps are nested deeper than 64 levels",
  },
  {
    name: "an alias bomb",
    make: (folder) => writeFile(join(folder, "bomb.yaml"), bomb(30)),
    says: "error[yaml.alias_bomb]: aliases expand this to more than 500,000 values",
  },
  {
    name: "invalid UTF-8",
    make: (folder) => {
      writeFileSync(join(folder, "latin.yaml"), Buffer.from("name: caf\xe9\n", "latin1"));
      return join(folder, "latin.yaml");
    },
    says: "latin.yaml:1:10: error[file.encoding]: byte 0xe9 is not valid UTF-8",
  },
  {
    name: "random bytes",
    make: (folder) => {
      writeFileSync(join(folder, "noise.yaml"), crypto.getRandomValues(new Uint8Array(60_000)));
      return join(folder, "noise.yaml");
    },
    says: "error[file.",
  },
  { name: "a directory without files", make: (folder) => folder, says: "error[file.none_found]" },
  {
    name: "symbolic links in a circle",
    make: (folder) => {
      symlinkSync("b.yaml", join(folder, "a.yaml"));
      symlinkSync("a.yaml", join(folder, "b.yaml"));
      return folder;
    },
    says: "a.yaml:1:1: error[file.unreadable]: cannot read",
  },
  {
    name: "a directory that leads into itself",
    make: (folder) => {
      mkdirSync(join(folder, "conf"));
      symlinkSync(".", join(folder, "conf/again"));
      return writeFile(join(folder, "main.yaml"), 'include: "conf/*/*/*/*/*/*/*/*/*/*.yaml"\n');
    },
    says: "warning[include.nothing]: no file matches",
  },
  {
    name: "files that include each other",
    make: (folder) => {
      for (let index = 0; index < 500; index++) {
        writeFile(join(folder, `f${index}.yaml`), `include: f${(index + 1) % 500}.yaml\n`);
      }
      return join(folder, "f0.yaml");
    },
    says: "error[include.cycle]",
  },
  {
    name: "a path that does not exist",
    make: (folder) => join(folder, "x.yaml"),
    says: "error[file.missing]",
  },
  {
    name: "a script that exports too much",
    make: (folder) =>
      writeFile(join(folder, "large.ts"), "export default { name: 'x'.repeat(40_000_000), routes: [] };\n"),
    says: "error[script.result]: the configuration that the script exports is too large",
  },
];

for (const { name, make, says } of ROWS) {
  test(
    `${name}: told at once, with exit code 1`,
    async () => {
      const path = make(temporaryFolder());
      const startedMs = performance.now();
      const child = Bun.spawn([PORTWARD, "check", "--config", path], { stdout: "pipe", stderr: "pipe" });
      using peak = new PeakMemory(child.pid);
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      expect({ code: await child.exited, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain(says);
      expect(performance.now() - startedMs).toBeLessThan(LIMIT_MS);
      expect(peak.bytes).toBeWithin(LEAST_BYTES, LIMIT_BYTES);
    },
    2 * LIMIT_MS,
  );
}

function routes(first: number, count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    return `  - { listen: 5000, host: h${index % 90}.example, path: /a${first + index}, targets: ["10.0.0.1:3000"] }\n`;
  });
  return `routes:\n${lines.join("")}`;
}

function bomb(levels: number): string {
  const lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < levels; level++) {
    lines.push(`l${level}: &l${level} [${`*l${level - 1}, `.repeat(10)}]`);
  }
  return `${lines.join("\n")}\n`;
}
