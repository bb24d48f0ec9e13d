/** Where the sections of a row begin, from how long each is. */

/** @returns the first cell of each section, and the `length` of all */
export function sectionsOf<Name extends string>(
  lengths: Readonly<Record<Name, number>>,
): Readonly<Record<Name | "length", number>> {
  const starts: Record<string, number> = {};
  let at = 0;
  for (const [name, length] of Object.entries<number>(lengths)) {
    starts[name] = at;
    at += length;
  }
  return { ...starts, length: at } as Record<Name | "length", number>;
}
