/** Targets in a file of their own, read again whenever it changes. */

import { type Provider, SourceError } from "../contract.ts";
import { read as readFile, signatureOf } from "../file-signature.ts";
import { readTargetText } from "../target-list.ts";

export interface FileSettings {
  readonly path: string;
}

export const fileProvider: Provider<FileSettings> = async ({ path }, events, tools, stop) => {
  let seen: string | null = null;
  do {
    const signature = await signatureOf(path);
    if (signature === seen) continue;
    const text = await readFile(path);
    // Written while it was read: the next look sees it whole.
    if ((await signatureOf(path)) !== signature) continue;
    seen = signature;
    try {
      events.onTargets(readTargetText(text, signature));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      events.onProblem(error.problem);
    }
  } while (await tools.pause(LOOK_MS, stop));
};

/** A look costs a system call; editors replace files and mounts swallow events, so events are not relied on. */
const LOOK_MS = 200;
