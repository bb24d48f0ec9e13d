/** Tells whether files have changed without reading them: also when a link in the path points elsewhere. */
import { stat } from "node:fs/promises";

export async function signatureOf(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    paths.map(async (path) => {
      const stats = await stat(path).catch(() => null);
      return stats === null ? "missing" : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
    }),
  );
  return parts.join();
}
