/** Tables of the documentation that list what is in the project: nothing is missing, and nothing more is there. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = resolve(import.meta.dir, "../..");
const read = (path: string) => Bun.file(`${ROOT}/${path}`).text();

test("docs/dependencies.md gives a reason for each package, and for no other", async () => {
  const [runtime, development] = (await read("docs/dependencies.md")).split("## For development");
  const { dependencies, optionalDependencies, devDependencies } = packageJson;
  expect(packagesIn(runtime!)).toEqual(
    [...Object.keys(dependencies), ...Object.keys(optionalDependencies).map(forAllPlatforms)]
      .filter(isFirst)
      .sort(),
  );
  expect(packagesIn(development!)).toEqual(Object.keys(devDependencies).sort());
});

test("versions of packages are exact", () => {
  const { dependencies, optionalDependencies, devDependencies } = packageJson;
  const versions = Object.values({ ...dependencies, ...optionalDependencies, ...devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("docs/architecture.md lists the folders of the source with the ranks that imports are held to", async () => {
  const table = [...(await read("docs/architecture.md")).matchAll(/^\| (\d+) \| `([\w.]+)` \|/gm)];
  const listed = table.map(([, rank, folder]) => `${rank} ${folder}`).sort();
  const script = await read("scripts/check-imports.ts");
  const ranks = script.slice(script.indexOf("RANKS"), script.indexOf("\n];")).match(/^ {2}\[.*\],$/gm) ?? [];
  const held = ranks.flatMap((row, rank) =>
    [...row.matchAll(/"([\w.]+)"/g)].map(([, name]) => `${rank} ${name}`),
  );
  expect(listed).toEqual(held.sort());
  const folders = listed.map((row) => row.split(" ")[1]!);
  expect(folders.sort()).toEqual(readdirSync(`${ROOT}/src`).sort());
});

test("docs/tls.md and docs/admin.md know all commands that speak of certificates", async () => {
  const commands = (await read("src/cli/cert/cert.ts")).match(/(?<=addCommand\()\w+(?=Command\()/g) ?? [];
  expect(commands.length).toBeGreaterThan(4);
  const page = await read("docs/tls.md");
  expect(commands.filter((command) => !page.includes(`\`portward cert ${command}`))).toEqual([]);
});

function packagesIn(section: string): string[] {
  const rows = section.match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) => row.split("|")[1]!.match(/(?<=`)[@\w][\w@/.*-]+(?=`)/g) ?? []).sort();
}

function forAllPlatforms(name: string): string {
  return name.replace(/^(@oven\/bun-).*/, "$1*");
}

function isFirst<T>(each: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(each) === index;
}
