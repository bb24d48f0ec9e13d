/** Paths in a configuration are relative to the file in which they are written, as those of `include` are. */
import { dirname, isAbsolute, join } from "node:path";
import type { ConfigNode } from "../source/config-node.ts";

export function besideFile(path: string, { source }: ConfigNode): string {
  return isAbsolute(path) ? path : join(dirname(source.file), path);
}
