/** What documentation points at is there: pages, headings, folders and files of the source. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Glob } from "bun";

const ROOT = resolve(import.meta.dir, "../..");
const FOLDERS =
  "src|test|bench|scripts|packaging|examples|fixtures|docs|base|io|protocol|link|routing|upstream";
const FILE_NAME = new RegExp(
  `\`((?:${FOLDERS}|exchange|downstream|config|admin|acme|observe)/[\\w./-]+\\w)\``,
  "g",
);
const CODE_BLOCK = /```[\s\S]*?```/g;

const pages = ["*.md", "docs/*.md"].flatMap((glob) => [...new Glob(glob).scanSync(ROOT)]).sort();
const texts = new Map(await Promise.all(pages.map(async (page) => [page, await proseOf(page)] as const)));

test("there are pages to look at", () => {
  expect(pages.length).toBeGreaterThan(25);
});

for (const [page, text] of texts) {
  test(`${page} links to what is there`, () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  test(`${page} names files that are there`, () => {
    const named = [...text.matchAll(FILE_NAME)].map(([, name]) => name!);
    expect(named.filter((name) => !isFile(name))).toEqual([]);
  });
}

test("every page is linked from another", () => {
  const linked = [...texts].flatMap(([page, text]) =>
    [...text.matchAll(/\]\(([^)\s#]+\.md)/g)].map(([, link]) => join(dirname(page), link!)),
  );
  const named = [...texts.values()].flatMap((text) => text.match(/\bdocs\/[a-z0-9-]+\.md\b/g) ?? []);
  const known = new Set([...linked, ...named]);
  expect(pages.filter((page) => page.startsWith("docs/") && !known.has(page))).toEqual([]);
});

test("sources name pages that are there", async () => {
  const lost: string[] = [];
  for await (const file of new Glob("{src,scripts,bench,packaging,examples}/**/*").scan(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    for (const page of text.match(/\bdocs\/[a-z0-9-]+\.md\b/g) ?? [])
      if (!isFile(page)) lost.push(`${file}: ${page}`);
  }
  expect(lost).toEqual([]);
});

async function proseOf(page: string): Promise<string> {
  return (await Bun.file(join(ROOT, page)).text()).replaceAll(CODE_BLOCK, "");
}

function leadsSomewhere(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return heading === undefined || headingsOf(texts.get(target) ?? "").includes(heading);
}

/** As sites that show Markdown call them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Pages leave `src/` and `test/` out where a reader knows; capitals stand for any name. */
function isFile(name: string): boolean {
  const isPattern = /[A-Z]{3}/.test(name);
  return isPattern || ["", "src", "test"].some((folder) => existsSync(join(ROOT, folder, name)));
}
