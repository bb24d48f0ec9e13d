/**
 * Where an instance keeps what its processes find each other by: a directory that only its user may enter, named after
 * what it serves, so that a supervisor that comes after another looks in the same place.
 */
import { lstatSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { segmentPaths } from "../../io/segment/segment-paths.ts";

export interface DirectoryChoice {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files and directories of the configuration. */
  readonly paths: readonly string[];
}

/** The directory, made if need be; null where none can be had. */
export function instanceDirectory(choice: DirectoryChoice): string | null {
  const { PORTWARD_INSTANCE: named } = choice.environment;
  if (named !== undefined && named !== "") return made(resolve(named)) ? resolve(named) : null;
  const name = nameOf(choice.paths);
  for (const base of basesOf(choice.environment)) {
    const directory = join(base, name);
    if (directory.length <= LONGEST_DIRECTORY && made(base) && made(directory)) return directory;
  }
  return null;
}

/** For an instance beside one that is there already: found by nobody who does not know the process. */
export function privateDirectory(directory: string): string | null {
  const own = `${directory}-${process.pid}`;
  return made(own) ? own : null;
}

/** Nobody serves from here any more. What others have put there stays. */
export function removeInstance(directory: string): void {
  for (const path of segmentPaths(directory)) rmSync(path, { force: true });
  try {
    rmdirSync(directory);
  } catch {
    // Somebody has begun to serve from it.
  }
}

/** Best first: what systemd and login sessions set aside; memory; what every machine has. */
function basesOf({ RUNTIME_DIRECTORY, XDG_RUNTIME_DIR }: DirectoryChoice["environment"]): string[] {
  const user = `portward-${process.geteuid!()}`;
  const given = RUNTIME_DIRECTORY?.split(":")[0];
  return [
    ...(given ? [given] : []),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, "portward")] : []),
    join("/dev/shm", user),
    join(tmpdir(), user),
  ];
}

function nameOf(paths: readonly string[]): string {
  const text = paths.map((path) => resolve(path)).join("\0");
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12);
}

/** Whether it is there and nobody else's: anybody may have made a name below /tmp. */
function made(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found = lstatSync(directory);
    return found.isDirectory() && found.uid === process.geteuid!() && (found.mode & OTHERS_MAY_WRITE) === 0;
  } catch {
    return false;
  }
}

const OTHERS_MAY_WRITE = 0o022;
/** What remains of a socket's path for the name of a process. */
const LONGEST_DIRECTORY = 88;
