/**
 * What must outlast the process: the account's key, certificates with their keys, and answers to challenges while they are
 * open. Only the user that runs the proxy may look; files appear whole or not at all; of several instances that share the
 * directory, one at a time asks for certificates.
 */
import { X509Certificate } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { certificatePlace, challengesPlace } from "../config/values/acme-places.ts";
import { LOCK, tryLock } from "../io/file-lock.ts";
import type { Validity } from "./renewal-times.ts";

export class AcmeStorage {
  readonly #home: string;

  /** @param home see config/values/acme-places.ts */
  constructor(home: string) {
    this.#home = home;
  }

  /** Null when somebody else has it. */
  async lock(): Promise<Disposable | null> {
    await mkdir(this.#home, { recursive: true, mode: DIRECTORY_MODE });
    const fd = openSync(join(this.#home, "lock"), "a", FILE_MODE);
    if (!tryLock(fd, LOCK.exclusive)) {
      closeSync(fd);
      return null;
    }
    // Whoever had the lock and was killed has left its answers.
    await rm(challengesPlace(this.#home), { recursive: true, force: true });
    return { [Symbol.dispose]: () => closeSync(fd) };
  }

  /** The key of the account, made when there is none. Call it with the lock. */
  async accountKey(make: () => Promise<string>): Promise<string> {
    const path = join(this.#home, "account.pem");
    const kept = await readFile(path, "utf8").catch(ifMissing);
    if (kept !== null) return kept;
    const made = await make();
    await put(path, made);
    return made;
  }

  /** Null when there is none, or what is there is damaged. */
  async validity(name: string): Promise<Validity | null> {
    const text = await readFile(certificatePlace(this.#home, name), "utf8").catch(ifMissing);
    if (text === null) return null;
    try {
      const { validFromDate, validToDate } = new X509Certificate(text);
      return { fromMs: validFromDate.getTime(), toMs: validToDate.getTime() };
    } catch {
      return null;
    }
  }

  putCertificate(name: string, chainAndKey: string): Promise<void> {
    return put(certificatePlace(this.#home, name), chainAndKey);
  }

  putChallenge(token: string, answer: string): Promise<void> {
    return put(join(challengesPlace(this.#home), token), answer);
  }

  removeChallenge(token: string): Promise<void> {
    return rm(join(challengesPlace(this.#home), token), { force: true });
  }
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode: FILE_MODE, flush: true });
  await rename(beside, path);
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
