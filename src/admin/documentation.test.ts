/** docs/admin.md names every endpoint and every fault, and its example loads. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfiguration } from "../config/load.ts";
import { ENDPOINTS } from "./http/endpoints.ts";

const text = readFileSync(new URL("../../docs/admin.md", import.meta.url), "utf8");

test("every endpoint is there", () => {
  const paths = ENDPOINTS.map(({ path }) => path.replace("{target}", "TARGET").replace("{name}", "NAME"));
  expect(paths.filter((path) => !text.includes(`${path}\``))).toEqual([]);
});

test("every code of a fault is there, and no other", () => {
  const folder = join(import.meta.dir, "http");
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const used = sources.flatMap((name) => {
    const source = readFileSync(join(folder, name), "utf8");
    return [...source.matchAll(/"(admin\.[a-z_]+)"/g)].map(([, code]) => code!);
  });
  const faults = text.slice(text.indexOf("## Faults"));
  const documented = [...faults.matchAll(/`(admin\.[a-z_]+)`/g)].map(([, code]) => code!);
  expect([...new Set(used)].sort()).toEqual(documented.sort());
});

test("the example loads", () => {
  const [, indented] = /```yaml\n([\s\S]*?)```/.exec(text)!;
  const yaml = indented!
    .replace(/^ {2}/gm, "")
    .replaceAll(`\${file:/run/secrets/admin-token}`, "x".repeat(32));
  const loaded = parseConfiguration("admin.yaml", yaml);
  expect(loaded.ok ? loaded.value.configuration.settings.admin.hosts : loaded.error).toEqual([
    "proxy.internal",
  ]);
});
