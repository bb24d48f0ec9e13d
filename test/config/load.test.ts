/** From paths to a configuration: which files are read, and what becomes of those that cannot be. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Diagnostic } from "../../src/config/diagnostics/diagnostic.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { FILE_LIMIT_BYTES } from "../../src/config/source/limits.ts";
import { headOf } from "./case-file.ts";
import { type MemoryFile, MISSING, memoryFiles } from "./memory-files.ts";

const ROUTE = "listen: 5000, respond: {}, path";

describe("which files are read", () => {
  test("a directory's files by their endings, in name order, and nothing else", async () => {
    const loaded = await load(["conf"], {
      "conf/b.yml": `routes: [{ ${ROUTE}: /b }]`,
      "conf/a.json": `{ "routes": [{ "listen": 5000, "respond": {}, "path": "/a" }] }`,
      "conf/c.yaml": `routes: [{ ${ROUTE}: /c }]`,
      "conf/c.d.ts": "declarations of another program",
      "conf/c.test.ts": "a test of a script",
      "conf/readme.md": "not yaml: at: all",
      "conf/.b.yml.swp": "half a file",
      "conf/.hidden.yaml": "half a file",
      "conf/old/d.yaml": "in a folder of its own",
    });
    expect(loaded.labels).toEqual(["a/0", "b/0", "c/0"]);
  });

  test("a file named twice is read once", async () => {
    const loaded = await load(["conf", "conf/a.yaml"], { "conf/a.yaml": `routes: [{ ${ROUTE}: / }]` });
    expect(loaded.labels).toEqual(["a/0"]);
  });

  test("a file given by name may be called anything, and may be a pipe", async () => {
    const access = memoryFiles({ "/dev/fd/63": `routes: [{ ${ROUTE}: / }]` });
    const piped = { ...access, kindOf: async () => ({ ok: true, value: "other" }) as const };
    expect((await loadConfiguration(["/dev/fd/63"], piped)).ok).toBe(true);
  });

  test("documents of one file are numbered when they have no name", async () => {
    const loaded = await load(["a.yaml"], {
      "a.yaml": `routes: [{ ${ROUTE}: /a }]\n---\nroutes: [{ ${ROUTE}: /b }]`,
    });
    expect(loaded.labels).toEqual(["a/0", "a#2/0"]);
  });
});

describe("what cannot be read", () => {
  const rows: readonly (readonly [string, Record<string, MemoryFile>, string[], string[]])[] = [
    ["a path that does not exist", {}, ["nowhere"], ["nowhere:1:1 error[file.missing]"]],
    ["a directory without files", { "conf/x.md": "" }, ["conf"], ["conf:1:1 error[file.none_found]"]],
    [
      "a file that vanishes before it is read",
      { "conf/a.yaml": MISSING },
      ["conf"],
      ["conf/a.yaml:1:1 error[file.missing]"],
    ],
    [
      "a file without permission",
      { "a.yaml": { kind: "unreadable", reason: "permission denied" } },
      ["a.yaml"],
      ["a.yaml:1:1 error[file.unreadable]"],
    ],
    [
      "a pipe in a directory",
      { "conf/a.yaml": "pipe" },
      ["conf"],
      ["conf/a.yaml:1:1 error[file.unreadable]"],
    ],
    [
      "TypeScript where nothing can be run",
      { "conf/a.ts": "", "b.ts": "" },
      ["conf", "b.ts"],
      ["conf/a.ts:1:1 error[config.not_supported]", "b.ts:1:1 error[config.not_supported]"],
    ],
    [
      "a file that is too large",
      { "a.yaml": new Uint8Array(FILE_LIMIT_BYTES + 1) },
      ["a.yaml"],
      ["a.yaml:1:1 error[file.too_large]"],
    ],
    [
      "more than simple YAML, and large",
      { "a.yaml": `a: &x 1\n# ${"x".repeat(FILE_LIMIT_BYTES / 2)}` },
      ["a.yaml"],
      ["a.yaml:1:1 error[file.too_large]"],
    ],
    [
      "bytes that are not UTF-8",
      { "a.yaml": bytes("name: caf", 0xe9, "\n") },
      ["a.yaml"],
      ["a.yaml:1:10 error[file.encoding]"],
    ],
    [
      "UTF-8 cut off in the middle",
      { "a.yaml": bytes("a: 1\nname: é", 0xe2, 0x82) },
      ["a.yaml"],
      ["a.yaml:2:8 error[file.encoding]"],
    ],
    [
      "an encoded surrogate",
      { "a.yaml": bytes(0xed, 0xa0, 0x80) },
      ["a.yaml"],
      ["a.yaml:1:1 error[file.encoding]"],
    ],
    ["UTF-16", { "a.yaml": bytes(0xff, 0xfe, "a", 0) }, ["a.yaml"], ["a.yaml:1:1 error[file.encoding]"]],
    [
      "control characters",
      { "a.yaml": "name: a\u0000b" },
      ["a.yaml"],
      ["a.yaml:1:8 error[file.control_character]"],
    ],
  ];
  for (const [name, files, paths, expected] of rows) {
    test(name, async () => expect((await load(paths, files)).heads).toEqual(expected));
  }

  test("all files together are limited", async () => {
    const filler = new TextEncoder().encode(`# ${"x".repeat(FILE_LIMIT_BYTES - 2)}`);
    const files = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [`${name}.yaml`, filler]));
    const { heads } = await load(Object.keys(files), files);
    expect(heads).toEqual(["e.yaml:1:1 error[file.too_large]"]);
  });

  test("one bad file does not hide what is wrong in the others", async () => {
    const { heads } = await load(["a.yaml", "b.yaml"], { "a.yaml": "a: [", "b.yaml": "rotues: []" });
    expect(heads).toEqual(["a.yaml:1:4 error[yaml.syntax]", "b.yaml:1:1 error[config.unknown_key]"]);
  });

  test("a byte order mark and CRLF are no faults", async () => {
    const text = `name: shop\r\nroutes:\r\n  - { ${ROUTE}: / }\r\n`;
    const { labels } = await load(["a.yaml"], { "a.yaml": bytes(0xef, 0xbb, 0xbf, text) });
    expect(labels).toEqual(["shop/0"]);
  });
});

describe("on a real disk", () => {
  test("files, an empty directory, and symbolic links that go round in a circle", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portward-load-"));
    try {
      expect(codes(await loadConfiguration([folder]))).toEqual(["file.none_found"]);
      await symlink("loop.yaml", join(folder, "loop.yaml"));
      expect(codes(await loadConfiguration([folder]))).toEqual(["file.unreadable"]);
      await Bun.write(join(folder, "a.yaml"), `routes: [{ ${ROUTE}: / }]`);
      expect((await loadConfiguration([join(folder, "a.yaml")])).ok).toBe(true);
      await Bun.write(join(folder, "a.yaml"), "x".repeat(FILE_LIMIT_BYTES + 1));
      expect(codes(await loadConfiguration([join(folder, "a.yaml")]))).toEqual(["file.too_large"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("the original format's files load unchanged, merged by port", async () => {
    const loaded = await loadConfiguration([join(import.meta.dir, "../../fixtures/liteginx")]);
    if (!loaded.ok) throw new Error("the fixtures do not load");
    const { configuration, warnings } = loaded.value;
    expect(warnings).toEqual([]);
    expect(configuration.listeners.map(({ name, protocol }) => `${name} ${protocol}`)).toEqual([
      ":5000 http",
      ":4001 tcp",
    ]);
    expect(configuration.routes.map(({ label, listeners }) => `${label} ${listeners}`)).toEqual([
      "one/0 :5000",
      "tcp/0 :4001",
      "two/0 :5000",
    ]);
    expect(configuration.upstreams.find(({ name }) => name === "one/0")?.targets).toMatchObject([
      { address: { host: "127.0.0.1", port: 3000 } },
      { address: { host: "localhost", port: 3000 } },
    ]);
  });
});

async function load(paths: readonly string[], files: Record<string, MemoryFile>) {
  const loaded = await loadConfiguration(paths, memoryFiles(files));
  if (!loaded.ok) return { labels: null, heads: loaded.error.map(headOf) };
  return {
    labels: loaded.value.configuration.routes.map(({ label }) => label),
    heads: loaded.value.warnings.map(headOf),
  };
}

function codes(loaded: { ok: true } | { ok: false; error: readonly Diagnostic[] }): string[] {
  return loaded.ok ? [] : loaded.error.map(({ code }) => code);
}

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))),
  );
}
