import { expect, test } from "bun:test";
import { parseConfiguration } from "./load.ts";
import type { ValueSource } from "./provenance.ts";
import { originOf } from "./source/source-text.ts";

const TEXT = `
settings:
  timeouts: { idle: 30s, response: 10s }
listeners: { web: { address: 5000 } }
upstreams: { api: { targets: ["127.0.0.1:3000"], balance: random } }
routes:
  - &one
    { listen: web, path: /, upstream: api, timeouts: { response: 1s } }
  - { listen: web, path: /own, targets: ["127.0.0.1:3001"] }
  - { <<: *one, path: /two }
tests:
  - { request: "http://x/", expect: { route: a/0, status: 200 } }
`;

const loaded = parseConfiguration("a.yaml", TEXT);
const { provenance, tests } = loaded.ok ? loaded.value : fail();

test("a value is the route's, the settings' or a default", () => {
  expect(shown(provenance.inForce("a/0", "timeouts", "response"))).toBe("route 8:66");
  expect(shown(provenance.inForce("a/1", "timeouts", "response"))).toBe("settings 3:36");
  expect(shown(provenance.inForce("a/0", "timeouts", "idle"))).toBe("settings 3:21");
  expect(shown(provenance.inForce("a/0", "timeouts", "connect"))).toBe("default");
  expect(shown(provenance.setting("via"))).toBe("default");
});

test("through a merge key it is where it was written", () => {
  expect(shown(provenance.inForce("a/2", "timeouts", "response"))).toBe("route 8:66");
  expect(shown(provenance.route("a/2", "path"))).toBe("route 10:23");
});

test("targets are the upstream's, or the route's own", () => {
  expect(shown(provenance.upstream("api", "balance"))).toBe("upstream 5:59");
  expect(shown(provenance.upstream("a/1", "targets", "0"))).toBe("route 9:42");
  expect(shown(provenance.upstream("a/1", "balance"))).toBe("default");
  expect(shown(provenance.listener("web", "address"))).toBe("listener 4:30");
});

test("what a test expects has its place, and the test has one for the rest", () => {
  expect(tests).toMatchObject([{ label: "a/tests/0", method: "GET", expect: { route: "a/0", path: null } }]);
  expect(originOf(provenance.test("a/tests/0", "expect", "status"))).toMatchObject({ line: 12, column: 59 });
  expect(originOf(provenance.test("a/tests/0", "expect", "path"))).toMatchObject({ line: 12, column: 5 });
});

function shown({ from, node }: ValueSource): string {
  if (node === null) return from;
  const { line, column } = originOf(node);
  return `${from} ${line}:${column}`;
}

function fail(): never {
  throw new Error(JSON.stringify(loaded));
}
