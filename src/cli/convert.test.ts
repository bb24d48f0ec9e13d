import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONVERT_FORMATS } from "../config/formats/formats.ts";
import { diskFiles, type FileAccess } from "../config/source/file-access.ts";
import { runConvert } from "./convert.ts";
import { withStandardInput } from "./standard-input.ts";

const GOOD = "server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portward-convert-"));
  await Bun.write(join(folder, "good.conf"), GOOD);
  await Bun.write(join(folder, "bad.conf"), "server {\n");
});

afterAll(() => rm(folder, { recursive: true }));

test("YAML on stdout, notes on stderr, 0", async () => {
  const { code, out, err } = await convert([join(folder, "good.conf")]);
  expect(code).toBe(0);
  expect(out).toStartWith("# Converted from nginx: ");
  expect(out).toContain('    targets: ["127.0.0.1:3000"]\n');
  expect(err).toContain("good.conf:1:34: note[convert.default]: nginx sends `Host: 127.0.0.1:3000` here");
});

test("errors on stderr, nothing on stdout, 1", async () => {
  const { code, out, err } = await convert([join(folder, "bad.conf"), join(folder, "good.conf")]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("bad.conf:1:8: error[convert.syntax]: the block that begins here is not closed\n");
});

test("a file that is missing is an error, and told with the others", async () => {
  const { code, err } = await convert([join(folder, "none.conf"), folder]);
  expect(code).toBe(1);
  expect(err).toContain("none.conf:1:1: error[file.missing]: cannot read the file: no such file");
  expect(err).toContain(`${folder}:1:1: error[file.unreadable]: cannot read the file: it is a directory`);
});

test("- is standard input, in pieces as they come", async () => {
  const { code, out, err } = await convert(["-"], { input: [GOOD.slice(0, 10), GOOD.slice(10)] });
  expect(code).toBe(0);
  expect(out).toStartWith("# Converted from nginx: <standard input>\n");
  expect(err).toContain("<standard input>:1:34: note[convert.default]");
});

test("standard input has the limit of a file", async () => {
  const { code, err } = await convert(["-"], { input: Array.from({ length: 9 }, () => "#".repeat(1 << 20)) });
  expect(code).toBe(1);
  expect(err).toContain("<standard input>:1:1: error[file.too_large]: the file is larger than 8MiB");
});

test("--json: the same as one document on stdout", async () => {
  const good = await convert([join(folder, "good.conf")], { json: true });
  expect(good.err).toBe("");
  const document = JSON.parse(good.out);
  expect(document).toMatchObject({ ok: true, findings: [{ severity: "note", line: 1 }, {}] });
  expect(document.yaml).toContain("routes:\n");
  const bad = JSON.parse((await convert([join(folder, "bad.conf")], { json: true })).out);
  expect(bad).toMatchObject({ ok: false, yaml: null, findings: [{ code: "convert.syntax" }] });
});

async function convert(files: readonly string[], { json = false, input = [] as readonly string[] } = {}) {
  let [out, err] = ["", ""];
  const format = CONVERT_FORMATS.find(({ name }) => name === "nginx")!;
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runConvert({ format, files, json }, output, accessWith(input));
  return { code, out, err };
}

function accessWith(pieces: readonly string[]): FileAccess {
  return withStandardInput(diskFiles, async function* () {
    for (const piece of pieces) yield Buffer.from(piece);
  });
}
