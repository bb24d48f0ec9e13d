/** Every file in examples/ is a whole configuration without a finding, and starts. */
import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCheck } from "../../src/cli/check.ts";
import { cleanUp, PORTWARD, ROOT, readUntil, start, temporaryFolder, writeFile } from "./support.ts";

afterEach(cleanUp);

const FOLDER = join(ROOT, "examples");
const files = readdirSync(FOLDER);

test("there are examples, and nothing else lies between them", () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
  expect(files.filter((file) => !/^[a-z-]+\.(?:yaml|ts)$/.test(file))).toEqual([]);
});

for (const file of files) {
  test(`examples/${file} passes portward check, without a warning`, async () => {
    const complained: string[] = [];
    const output = { out: () => {}, err: (text: string) => void complained.push(text) };
    const code = await runCheck({ paths: [join(FOLDER, file)], json: false, probe: false }, output);
    expect(complained.join("")).toBe("");
    expect(code).toBe(0);
  });

  test(`examples/${file} starts`, async () => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    const here = text.replace(/listen: (?:\d+|"127\.0\.0\.1:\d+")/g, 'listen: "127.0.0.1:0"');
    const copy = writeFile(join(temporaryFolder(), file), here);
    const child = start([PORTWARD, "run", "--config", copy, "--admin", "off"]);
    await readUntil(child.stderr, /"event":"ready"/);
  });

  test(`examples/${file} begins by saying what it is for`, () => {
    expect(readFileSync(join(FOLDER, file), "utf8")).toMatch(/^(?:#|\/\/) [A-Z]/);
  });
}
