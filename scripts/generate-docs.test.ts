import { expect, test } from "bun:test";
import { GENERATED_PAGES } from "./generate-docs.ts";

/** Some examples run scripts against their time limit. */
const MOST_MS = 30_000;

for (const [path, page] of Object.entries(GENERATED_PAGES)) {
  test(
    `${path} says what its tables say (npm run docs)`,
    async () => {
      expect(await Bun.file(`${import.meta.dir}/../${path}`).text()).toBe(await page());
    },
    MOST_MS,
  );
}
