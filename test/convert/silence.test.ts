/**
 * Nothing goes under in silence: whatever unknown thing is put into a file, wherever it is put, a finding names its
 * line. Every file of fixtures/convert takes part, with the unknown thing at every place that the format has.
 */
import { describe, expect, test } from "bun:test";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { isMap, parseAllDocuments, visit, type YAMLMap } from "yaml";
import { convertInMemory } from "./convert-in-memory.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures/convert");
const EXPECTED = new Set(["portward.yaml", "notes.txt", "requests.txt"]);
const UNKNOWN = "zz_unknown";

const folders = new Map<string, Record<string, string>>();
for (const file of [...new Glob("*/*/**").scanSync(FIXTURES)].sort()) {
  if (EXPECTED.has(basename(file))) continue;
  const [format, name, ...path] = file.split("/");
  const key = `${format}/${name}`;
  const files = folders.get(key) ?? {};
  folders.set(key, files);
  files[path.join("/")] = await Bun.file(join(FIXTURES, file)).text();
}

describe("an unknown line is told", () => {
  for (const [folder, files] of folders) {
    test(folder, async () => {
      const format = folder.split("/")[0]!;
      for (const [file, text] of Object.entries(files)) {
        for (const changed of variantsOf(format, text)) await expectTold(format, files, file, changed);
      }
    });
  }
});

async function expectTold(
  format: string,
  files: Readonly<Record<string, string>>,
  file: string,
  text: string,
): Promise<void> {
  const inputs = Object.keys(files).filter((each) => !each.includes("/"));
  const { findings } = await convertInMemory(format, { ...files, [file]: text }, inputs);
  const line = text.slice(0, text.indexOf(UNKNOWN)).split("\n").length;
  const told = findings.some(({ origin, message }) => {
    return origin.file === file && origin.line === line && message.includes(UNKNOWN);
  });
  expect(told, `${file}:${line} of\n${text}`).toBe(true);
}

function variantsOf(format: string, text: string): string[] {
  if (format === "nginx") return withLine(text, /[;{}]\s*$/, `${UNKNOWN} on;`);
  if (format === "httpd") return withLine(text, /[^\\\s]\s*$/, `${UNKNOWN} on`);
  return withKey(text);
}

/** The line added after every line that matches, outside of data. */
function withLine(text: string, after: RegExp, added: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const isData = /\$http_upgrade|^\s+(?:default|'')\s/.test(line) || /^\s*map\b/.test(line);
    if (!after.test(line) || isData) return [];
    return [[...lines.slice(0, index + 1), added, ...lines.slice(index + 1)].join("\n")];
  });
}

/** The key added to every map in turn; a Service is told as a whole. */
function withKey(text: string): string[] {
  const count = mapsOf(parseAllDocuments(text)).length;
  return Array.from({ length: count }, (_, index) => {
    const documents = parseAllDocuments(text);
    mapsOf(documents)[index]!.set(UNKNOWN, 1);
    return documents.map((document) => document.toString({ directives: true })).join("");
  });
}

function mapsOf(documents: ReturnType<typeof parseAllDocuments>): YAMLMap[] {
  const maps: YAMLMap[] = [];
  for (const document of documents) {
    if (isMap(document.contents) && document.contents.get("kind") === "Service") continue;
    visit(document, { Map: (_, map) => void maps.push(map) });
  }
  return maps;
}
