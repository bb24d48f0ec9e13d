/** Names for listeners and upstreams: made of whatever the foreign file has, each only once. */

export class UniqueNames {
  readonly #taken = new Set<string>();

  /** @param fallback when nothing of `wanted` can stand in a name */
  take(wanted: string, fallback: string): string {
    const base = nameOf(wanted) ?? fallback;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}-${number}`;
    this.#taken.add(name);
    return name;
  }
}

/** `text` with a dash for what no name may hold; null when nothing is left. */
export function nameOf(text: string): string | null {
  const name = text
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z_]+/, "")
    .replace(/[^A-Za-z0-9_]+$/, "")
    .slice(0, LONGEST);
  return name === "" ? null : name;
}

/** Leaves room for a number: names have at most 100 characters. */
const LONGEST = 80;
