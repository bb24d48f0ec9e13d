/** Puts made text between `<!-- made: NAME -->` and `<!-- end -->` of a page that people write. */
export function fillParts(page: string, parts: Readonly<Record<string, string>>): string {
  const names = new Set(Object.keys(parts));
  const filled = page.replace(PART, (_, name: string) => {
    const text = parts[name];
    if (text === undefined) throw new Error(`nothing makes the part '${name}'`);
    names.delete(name);
    return `<!-- made: ${name} -->\n\n${text}\n\n<!-- end -->`;
  });
  if (names.size > 0) throw new Error(`the page has no place for ${[...names].join(", ")}`);
  return filled;
}

const PART = /<!-- made: ([a-z-]+) -->[\s\S]*?<!-- end -->/g;
