/** Standard input as a file among others, so that a command reads it with the same limits and messages. */
import { err, ok } from "../base/result.ts";
import type { FileAccess } from "../config/source/file-access.ts";

/** What it is called in messages. No file that somebody names on a command line has this name. */
export const STANDARD_INPUT = "<standard input>";

export function withStandardInput(
  access: FileAccess,
  input: () => AsyncIterable<Uint8Array> = () => Bun.stdin.stream(),
): FileAccess {
  return {
    ...access,
    async read(path, limitBytes) {
      if (path !== STANDARD_INPUT) return access.read(path, limitBytes);
      const pieces: Uint8Array[] = [];
      let total = 0;
      for await (const piece of input()) {
        total += piece.length;
        if (total > limitBytes) return err({ kind: "tooLarge", reason: `more than ${limitBytes} bytes` });
        pieces.push(piece);
      }
      return ok(Buffer.concat(pieces, total));
    },
  };
}
