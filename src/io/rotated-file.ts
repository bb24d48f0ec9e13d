/**
 * A log file that is started anew when it is large or old, by whichever process notices first. Writers hold a shared
 * lock on the file they write to and look, under it, whether it still has its name; who renames it holds an exclusive
 * one. So no line is written to a file that is being compressed, no file is renamed twice, and nobody waits: while
 * another process rotates, a batch is tried again a moment later.
 */
import { stat } from "node:fs/promises";
import { AppendedFile } from "./append-lines.ts";
import { LOCK, tryLock } from "./file-lock.ts";
import type { Written } from "./line-batch.ts";
import type { LogOutput } from "./log-output.ts";
import { compress, moveAside, removeOld } from "./old-files.ts";
import { systemWord } from "./socket-events.ts";

export interface Rotation {
  /** `Infinity`: never for this reason. */
  readonly sizeBytes: number;
  readonly ageMs: number;
  /** Old files beside the one written to. */
  readonly keep: number;
  readonly gzip: boolean;
}

/** The file as it was found under its name, or nothing. */
interface Found {
  readonly ino: number;
  readonly size: number;
}

export class RotatedFile implements LogOutput {
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #wallMs: () => number;
  readonly #onTrouble: (cause: string) => void;
  #file: AppendedFile | null = null;
  #ino = 0;
  #bornMs = 0;
  #closed = false;

  /** @param onTrouble told when an old file could not be compressed or removed: the system's word */
  constructor(path: string, rotation: Rotation, wallMs: () => number, onTrouble: (cause: string) => void) {
    this.#path = path;
    this.#rotation = rotation;
    this.#wallMs = wallMs;
    this.#onTrouble = onTrouble;
  }

  async open(): Promise<string | null> {
    try {
      await this.#openAnew();
      return null;
    } catch (error) {
      return systemWord(error) ?? String(error);
    }
  }

  /** Every batch looks for the name anyway. */
  reopen(): void {}

  async write(bytes: Buffer, length: number): Promise<Written> {
    if (this.#closed) return { takenBytes: 0, cause: "EBADF" };
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const written = await this.#tryWrite(bytes, length, tries);
        if (written !== null) return written;
      }
      return { takenBytes: 0, cause: "locked" };
    } catch (error) {
      return { takenBytes: 0, cause: systemWord(error) ?? String(error) };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#closed = true;
    this.#file = null;
    await file?.close();
  }

  /** Null: something has changed, or is just being changed, and the next try will see what. */
  async #tryWrite(bytes: Buffer, length: number, tries: number): Promise<Written | null> {
    if (this.#file === null) await this.#openAnew();
    const file = this.#file!;
    const isLocked = tryLock(file.fd, LOCK.shared);
    const found = await this.#find();
    if (found?.ino !== this.#ino) {
      await this.#openAnew();
      return null;
    }
    if (!isLocked) {
      await pause(tries);
      return null;
    }
    if (tries < POLITE_TRIES && this.#isDue(found, length)) {
      if (!(await this.#rotate(file))) await pause(tries);
      return null;
    }
    try {
      return await file.append(bytes, length);
    } finally {
      tryLock(file.fd, LOCK.none);
    }
  }

  #isDue({ size }: Found, length: number): boolean {
    if (size === 0) return false;
    return size + length > this.#rotation.sizeBytes || this.#wallMs() - this.#bornMs >= this.#rotation.ageMs;
  }

  /** False when others write to it just now. Either way the shared lock is gone. */
  async #rotate(file: AppendedFile): Promise<boolean> {
    if (!tryLock(file.fd, LOCK.exclusive)) {
      tryLock(file.fd, LOCK.none);
      return false;
    }
    // Changing a lock's kind gives it up for a moment (flock(2)): somebody else may have been quicker.
    if ((await this.#find())?.ino === this.#ino) {
      const old = await moveAside(this.#path, this.#wallMs());
      this.#file = null;
      void this.#tidy(old, file);
    }
    await this.#openAnew();
    return true;
  }

  /** The old file stays locked until it is compressed, so that nobody adds to it. */
  async #tidy(old: string, file: AppendedFile): Promise<void> {
    try {
      if (this.#rotation.gzip && this.#rotation.keep > 0) await compress(old);
      await removeOld(this.#path, this.#rotation.keep);
    } catch (error) {
      this.#onTrouble(systemWord(error) ?? String(error));
    } finally {
      await file.close();
    }
  }

  async #openAnew(): Promise<void> {
    const before = this.#file;
    const file = await AppendedFile.open(this.#path);
    const { ino, birthtimeMs } = await file.stat();
    this.#file = file;
    this.#ino = ino;
    const nowMs = this.#wallMs();
    // Where the file system does not tell, the age counts from here.
    this.#bornMs = birthtimeMs > 0 && birthtimeMs < nowMs ? birthtimeMs : nowMs;
    await before?.close();
  }

  async #find(): Promise<Found | null> {
    try {
      return await stat(this.#path);
    } catch (error) {
      if (systemWord(error) === "ENOENT") return null;
      throw error;
    }
  }
}

function pause(tries: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(tries + 1, MAX_PAUSE_MS)));
}

/** So often others are let finish; then the file grows by a batch more than it should. */
const POLITE_TRIES = 8;
const MAX_PAUSE_MS = 20;
/** Some two seconds: nobody holds an exclusive lock on a file that still has its name for longer than two renames. */
const MAX_TRIES = 100;
