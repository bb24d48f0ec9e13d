import { expect, test } from "bun:test";
import { parseConfiguration } from "../config/load.ts";
import { diskFiles } from "../config/source/file-access.ts";
import { certificateInventory, certificatesNamed } from "./inventory.ts";

const YAML = `
settings: { acme: { storage: /nowhere, on_demand: { hosts: ["*.visitor.example"] } } }
listeners:
  web: { address: 443, tls: { acme: [shop.example], on_demand: on, https_only: on } }
  more: { address: 444, tls: { acme: [shop.example] } }
routes: [{ listen: [web, more], path: /, respond: { body: hello } }]
`;

test("those that clients have asked for stand beside those that are named, each once, where they are served", async () => {
  const loaded = parseConfiguration("a.yaml", YAML);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 1));
  const kept = ["shop.example", "a.visitor.example"];
  const entries = await certificateInventory(loaded.value.configuration, diskFiles, kept);
  expect(entries.map(({ name, listeners }) => [name, listeners])).toEqual([
    ["shop.example", ["web", "more"]],
    ["a.visitor.example", ["web"]],
  ]);
  const file = "/nowhere/acme-v02.api.letsencrypt.org-directory/certificates/a.visitor.example.pem";
  expect(entries[1]).toMatchObject({
    file,
    certificate: null,
    problem: `${file}: no such file or directory`,
  });
});

test("who names one means that one, else all that are for the name, also by a wildcard", () => {
  const entries = [
    { name: "a.example", names: ["a.example", "b.example"], file: "/a" },
    { name: "*.example", names: ["*.example"], file: "/b" },
    { name: "b.example", names: [], file: "/c" },
  ];
  const found = (name: string) => certificatesNamed(entries, name).map(({ file }) => file);
  expect(found("a.example")).toEqual(["/a"]);
  expect(found("b.example")).toEqual(["/c"]);
  expect(found("/b")).toEqual(["/b"]);
  expect(found("c.example")).toEqual(["/b"]);
  expect(found("x.c.example")).toEqual([]);
  expect(found("")).toEqual([]);
  expect(found("A.Example")).toEqual(["/a"]);
  expect(found("C.example")).toEqual(["/b"]);
  expect(found("*.EXAMPLE")).toEqual(["/b"]);
});

test("a name may be written as people write it", () => {
  const entries = [
    { name: "xn--bcher-kva.example", names: ["xn--bcher-kva.example"], file: "/a" },
    { name: "localhost", names: ["localhost", "::1"], file: "/b" },
  ];
  expect(certificatesNamed(entries, "bücher.example")).toEqual([entries[0]!]);
  expect(certificatesNamed(entries, "[::1]")).toEqual([entries[1]!]);
  expect(certificatesNamed(entries, "0:0::1")).toEqual([entries[1]!]);
  for (const hostile of ["../x", "\0", "a".repeat(100_000), "*.", "*", "*.*.example", "\u202e"])
    expect(certificatesNamed(entries, hostile)).toEqual([]);
});
