/** Waits for what another part of the process is about to do. Bounded, and never longer than it takes. */
export async function eventually(done: () => boolean, what: string, withinMs = 4_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!done()) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`);
    await Bun.sleep(1);
  }
}
