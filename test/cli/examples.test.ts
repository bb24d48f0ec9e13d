/** Every file in examples/ is a whole configuration without a finding. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCheck } from "../../src/cli/check.ts";
import { ROOT } from "./support.ts";

const FOLDER = join(ROOT, "examples");
const files = readdirSync(FOLDER);

test("there are examples, and nothing else lies between them", () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
  expect(files.filter((file) => !/^[a-z-]+\.yaml$/.test(file))).toEqual([]);
});

for (const file of files) {
  test(`examples/${file} passes portward check, without a warning`, async () => {
    const complained: string[] = [];
    const output = { out: () => {}, err: (text: string) => void complained.push(text) };
    const code = await runCheck({ paths: [join(FOLDER, file)], json: false }, output);
    expect(complained.join("")).toBe("");
    expect(code).toBe(0);
  });

  test(`examples/${file} begins by saying what it is for`, () => {
    expect(readFileSync(join(FOLDER, file), "utf8")).toMatch(/^# [A-Z]/);
  });
}
