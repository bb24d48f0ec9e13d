/** `portward proxy`'s way in; the loader itself is tested in test/config. */
import { expect, test } from "bun:test";
import { configurationForProxy } from "./load.ts";

test("one route for everything", () => {
  const made = configurationForProxy("127.0.0.1:8080", ["a.example:3000", "unix:/run/b.sock"]);
  if (!made.ok) throw new Error(made.error[0]?.message);
  expect(made.value.listeners).toMatchObject([
    { address: { kind: "tcp", host: "127.0.0.1", port: 8080 }, protocol: "http" },
  ]);
  expect(made.value.routes).toMatchObject([
    { kind: "http", match: { path: { kind: "prefix", template: "/" } } },
  ]);
  expect(made.value.upstreams[0]?.targets).toMatchObject([
    { address: { kind: "tcp", host: "a.example", port: 3000 } },
    { address: { kind: "unix", path: "/run/b.sock" } },
  ]);
});

test("what is wrong is told as in a file, and quotes cannot break out", () => {
  const wrong = [
    ["8080x", ["a.example:3000"], "value.address"],
    ["web", ["a.example:3000"], "value.address"],
    ["99999", ["a.example:3000"], "value.address"],
    ["8080", ["a.example"], "value.target"],
    ["8080", ["tls://a.example"], "value.target"],
    ["8080", [], "upstream.no_targets"],
    ['8080" } }, evil: { address: "1', ["a.example:3000"], "value.address"],
    ["8080", ['a" ] } ]\nsettings: {}'], "value.target"],
  ] as const;
  for (const [listen, targets, code] of wrong) {
    const made = configurationForProxy(listen, targets);
    expect(made.ok ? [] : made.error.map((finding) => finding.code)).toEqual([code]);
  }
});
