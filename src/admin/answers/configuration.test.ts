import { expect, test } from "bun:test";
import { parseConfiguration } from "../../config/load.ts";
import { configurationOfView, configurationViewOf } from "./configuration.ts";

const YAML = `
settings:
  access_log: off
  not_found_message: "off"
  limits: { body: off, min_rate: off }
routes:
  - { listen: 5000, path: { regex: '^/v(?<v>\\d+)/' }, headers: { x: { regex: "." } }, targets: ["[::1]:3000"] }
  - { listen: 5000, path: /a, respond: { body: "off" }, limits: { body: 1MiB } }
  - { kind: tcp, listen: 4000, targets: ["unix:/run/x.sock"] }
`;

test("the configuration comes back from JSON as it was", () => {
  const loaded = parseConfiguration("a.yaml", YAML);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { configuration } = loaded.value;
  const view = JSON.parse(JSON.stringify(configurationViewOf(configuration)));
  expect(configurationOfView(view)).toEqual(configuration);
  expect(configuration.settings.limits.bodyBytes).toBe(Number.POSITIVE_INFINITY);
});
