/**
 * A directory as a shelf. Only the user that runs the proxy may look; files appear whole or not at all; the lock is one of
 * the file system's, and ends with the process that has it.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LOCK, tryLock } from "../io/file-lock.ts";
import { realClock } from "../io/real-clock.ts";
import { checkedKey, type Shelf } from "./shelf.ts";

export class DirectoryShelf implements Shelf {
  readonly home: string;

  constructor(home: string) {
    this.home = home;
  }

  async lock(): Promise<AsyncDisposable | null> {
    await mkdir(this.home, { recursive: true, mode: DIRECTORY_MODE });
    const fd = openSync(join(this.home, "lock"), "a", FILE_MODE);
    if (!tryLock(fd, LOCK.exclusive)) {
      closeSync(fd);
      return null;
    }
    await this.#sweep();
    let isOpen = true;
    const release = async () => {
      // By then the number may be somebody else's.
      if (isOpen) closeSync(fd);
      isOpen = false;
    };
    return { [Symbol.asyncDispose]: release };
  }

  /** What was being written when somebody was killed. */
  async #sweep(): Promise<void> {
    const names = await readdir(this.home, { recursive: true });
    for (const name of names.filter((each) => HALF_WRITTEN.test(each))) {
      const path = join(this.home, name);
      const age = await stat(path).then(
        ({ mtimeMs }) => realClock.wallMs() - mtimeMs,
        () => 0,
      );
      if (age > LEFT_AFTER_MS) await rm(path, { force: true });
    }
  }

  async get(key: string): Promise<string | null> {
    return readFile(this.#pathOf(key), "utf8").catch(ifMissing);
  }

  /** Into a file of its own first, which nobody else writes and no link leads away from. */
  async put(key: string, text: string): Promise<void> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    const beside = join(dirname(path), `.${randomUUID()}.new`);
    try {
      await using file = await open(beside, "wx", FILE_MODE);
      await file.writeFile(text);
      await file.sync();
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  async removeGroup(group: string): Promise<void> {
    await rm(this.#pathOf(group), { recursive: true, force: true });
  }

  /** Of a group; none when there is no such. */
  async keysIn(group: string): Promise<string[]> {
    const names = (await readdir(this.#pathOf(group)).catch(ifMissing)) ?? [];
    return names.filter((name) => !name.startsWith(".")).map((name) => `${group}/${name}`);
  }

  #pathOf(key: string): string {
    return join(this.home, checkedKey(key));
  }
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

const HALF_WRITTEN = /(?:^|\/)\.[0-9a-f-]{36}\.new$/;
const LEFT_AFTER_MS = 600_000;
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
