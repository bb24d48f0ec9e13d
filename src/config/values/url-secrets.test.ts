import { expect, test } from "bun:test";
import { secretsInUrl } from "./url-secrets.ts";

const CASES: readonly [string, readonly string[]][] = [
  ["http://10.0.0.1:8500/api.json", []],
  ["http://user@10.0.0.1/", []],
  ["http://user:hunter2@10.0.0.1/", ["hunter2"]],
  ["http://:p@ss@10.0.0.1/", ["p@ss"]],
  ["http://10.0.0.1/a:b@c", []],
  ["http://u:p@h/x?token=abc&page=2;api-key=d%20e#f", ["p", "abc", "d%20e"]],
  ["/healthz?a=1&password=hunter2", ["hunter2"]],
  ["/healthz?monkey=1&token=", []],
];

for (const [url, parts] of CASES) test(url, () => expect(secretsInUrl(url)).toEqual([...parts]));
