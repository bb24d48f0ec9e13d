/** Everybody who holds listening sockets of an instance when a supervisor comes, and what they hold together. */
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ListeningSet } from "../../io/listening-descriptor.ts";
import type { Posix } from "../../io/posix.ts";
import { isHandoverName } from "./handover.ts";
import { Predecessor } from "./predecessor.ts";

/**
 * A supervisor that lives, alone: its workers are its own affair. Otherwise the workers that one has left behind.
 */
export async function findPredecessors(calls: Posix, directory: string): Promise<readonly Predecessor[]> {
  const names = readdirSync(directory).filter(isHandoverName);
  const supervisors = await meetAll(
    calls,
    directory,
    names.filter((name) => name.startsWith("s")),
  );
  if (supervisors.length > 0) return supervisors;
  return meetAll(
    calls,
    directory,
    names.filter((name) => name.startsWith("w")),
  );
}

async function meetAll(calls: Posix, directory: string, names: readonly string[]): Promise<Predecessor[]> {
  const met = await Promise.all(names.map((name) => Predecessor.meet(calls, join(directory, name))));
  return met.filter((predecessor) => predecessor !== null);
}

/** Each socket once: workers of a moment of change may have held the same, and all hold a Unix socket. */
export function mergedSets(calls: Posix, predecessors: readonly Predecessor[]): Map<string, ListeningSet> {
  const merged = new Map<string, ListeningSet>();
  const seen = new Set<string>();
  for (const [key, set] of predecessors.flatMap(({ sets }) => [...sets])) {
    const descriptors = set.descriptors.filter((descriptor) => isNew(calls, descriptor, seen));
    const before = merged.get(key)?.descriptors ?? [];
    merged.set(key, { ...set, descriptors: [...before, ...descriptors] });
  }
  return merged;
}

function isNew(calls: Posix, descriptor: number, seen: Set<string>): boolean {
  const socket = readlinkSync(`/proc/self/fd/${descriptor}`);
  if (!seen.has(socket)) return seen.add(socket).has(socket);
  calls.close(descriptor);
  return false;
}
