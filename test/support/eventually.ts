/** Waits for what another part of the process is about to do. Bounded, and never longer than it takes. */
export async function eventually(done: () => boolean, what: string, withinMs = 4_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!done()) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`);
    await Bun.sleep(1);
  }
}

/** Waits until what is measured has not changed for a while: nothing moves any more. */
export async function untilStill(measure: () => number, stillMs = 30): Promise<void> {
  let value = Number.NaN;
  for (let same = 0; same < stillMs / 2; same++) {
    await Bun.sleep(2);
    const now = measure();
    if (now !== value) same = 0;
    value = now;
  }
}
