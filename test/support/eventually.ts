/** Waits for what another part of the process is about to do. Bounded, and never longer than it takes. */
export async function eventually(done: () => boolean, what: string, withinMs = PATIENCE_MS): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!done()) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`);
    await Bun.sleep(1);
  }
}

/** Far longer than it takes, on a machine that is busy with other things as well; and less than a test may take. */
export const PATIENCE_MS = 10_000;

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
