/**
 * A shared shelf with a copy of it in a directory here, which workers serve from. The copy follows within a second or two,
 * outlasts restarts, and is all that is needed while the shared one cannot be reached: then certificates are served on, and
 * none are asked for. What is in the copy is never made worse by what comes: only whole certificates replace others, and
 * none replaces one that was issued after it.
 */

import type { Shelf } from "../shelf.ts";
import type { DirectoryShelf } from "../shelf-directory.ts";
import { isNewer, issuedAtMs } from "./compare-pairs.ts";
import type { SharedShelf } from "./shared-shelf.ts";

export interface CopyTools {
  readonly shared: SharedShelf;
  readonly copy: Pick<DirectoryShelf, "get" | "put" | "remove" | "removeGroup" | "keysIn">;
  readonly log: (event: object) => void;
  /** Whether the time passed without `stop`. */
  readonly pause: (ms: number, stop: AbortSignal) => Promise<boolean>;
}

export class CopiedShelf implements Shelf {
  readonly #tools: CopyTools;
  readonly #stop = new AbortController();
  /** Of the shared shelf, when it was copied last. */
  #version: string | null = null;
  /** Keys of what is here, and not there yet. */
  readonly #unsent = new Set<string>();
  #problem: string | null = null;

  constructor(tools: CopyTools) {
    this.#tools = tools;
  }

  /** Follows until `close`. Resolves when all is copied, or it takes too long, which keeps nobody from serving. */
  async open(): Promise<void> {
    const first = this.#follow();
    void first.then(() => this.#keepFollowing());
    const enough = new AbortController();
    await Promise.race([first, this.#tools.pause(FIRST_MS, enough.signal)]);
    enough.abort();
  }

  close(): void {
    this.#stop.abort();
    this.#tools.shared.close();
  }

  lock(): Promise<AsyncDisposable | null> {
    return this.#tools.shared.lock();
  }

  /** What is here counts where the shared shelf does not answer, and what lasts also where it has lost it. */
  async get(key: string): Promise<string | null> {
    const { shared, copy } = this.#tools;
    if (key.startsWith(CHALLENGES)) return shared.get(key);
    const text = await shared.get(key).catch((error: Error) => error);
    if (typeof text === "string") await this.#take(key, text);
    if (text === null && !isLasting(key)) await copy.remove(key);
    const here = await copy.get(key);
    // That nothing is there is only known from itself: another account must not be made because of a pause.
    if (here === null && text instanceof Error) throw text;
    if (here !== null && text === null) await this.#offer(key);
    return here;
  }

  async put(key: string, text: string): Promise<void> {
    const { shared, copy, pause } = this.#tools;
    if (key.startsWith(CERTIFICATES)) {
      // It has cost a request to an authority: first it must be here, then it may take its time.
      await copy.put(key, text);
      return this.#offer(key);
    }
    await shared.put(key, text);
    await copy.put(key, text);
    // Whoever looks at the answer next may come to any instance, and each has to have seen it.
    if (key.startsWith(CHALLENGES)) await pause(SETTLED_MS, this.#stop.signal);
  }

  async remove(key: string): Promise<void> {
    await this.#tools.copy.remove(key);
    await this.#tools.shared.remove(key);
  }

  async removeGroup(group: string): Promise<void> {
    await this.#tools.copy.removeGroup(group);
    await this.#tools.shared.removeGroup(group);
  }

  async #keepFollowing(): Promise<void> {
    while (await this.#tools.pause(FOLLOW_MS, this.#stop.signal)) await this.#follow();
  }

  async #follow(): Promise<void> {
    const { shared, log } = this.#tools;
    try {
      const version = await shared.version();
      if (version !== this.#version) await this.#copyAll();
      this.#version = version;
      // Last: where nothing can be written, all can be read.
      await this.#send();
      if (this.#problem !== null) log({ level: "info", event: "certificate_storage_answers" });
      this.#problem = null;
    } catch (error) {
      this.#tellProblem((error as Error).message);
    }
  }

  /** Once: it goes on for as long as it takes. */
  #tellProblem(message: string): void {
    if (this.#problem === null && !this.#stop.signal.aborted) {
      this.#tools.log({ level: "error", event: "certificate_storage_unreachable", message });
    }
    this.#problem = message;
  }

  async #copyAll(): Promise<void> {
    const { shared, copy } = this.#tools;
    const entries = await shared.entries();
    for (const [key, text] of entries) await this.#take(key, text);
    for (const key of await copy.keysIn("challenges")) if (!entries.has(key)) await copy.remove(key);
    // What was kept here alone before, and what a storage that was emptied has lost.
    for (const key of [ACCOUNT, ...(await copy.keysIn("certificates"))]) {
      if (!entries.has(key)) this.#unsent.add(key);
    }
  }

  /** What cannot be sent now is later. */
  async #offer(key: string): Promise<void> {
    this.#unsent.add(key);
    await this.#send().catch((error: Error) => this.#tellProblem(error.message));
  }

  /** @param text what the shared shelf has */
  async #take(key: string, text: string): Promise<void> {
    const { copy } = this.#tools;
    // Others may write there, too; files are made of nothing else.
    if (!KNOWN.test(key) || text.length > MOST_LENGTH) return;
    const here = await copy.get(key);
    if (here === text) return;
    if (!key.startsWith(CERTIFICATES)) return copy.put(key, text);
    if (isNewer(here, text)) this.#unsent.add(key);
    else if (issuedAtMs(text) !== null) await copy.put(key, text);
  }

  /** What of ours is still better goes there; what fails stays for the next time. */
  async #send(): Promise<void> {
    const { shared, copy } = this.#tools;
    for (const key of this.#unsent) {
      const [here, there] = [await copy.get(key), await shared.get(key)];
      const isWanted = key.startsWith(CERTIFICATES) ? isNewer(here, there) : there === null;
      if (isWanted && here !== null) await shared.put(key, here);
      this.#unsent.delete(key);
    }
  }
}

function isLasting(key: string): boolean {
  return key === ACCOUNT || key.startsWith(CERTIFICATES);
}

const ACCOUNT = "account.pem";
const CERTIFICATES = "certificates/";
const CHALLENGES = "challenges/";
/** As they are made here: nothing in them leads elsewhere. */
const KNOWN =
  /^(?:account\.pem|[a-z-]{1,40}\.json|(?:certificates|challenges)\/[A-Za-z0-9%_~-][A-Za-z0-9._%~-]{0,230})$/;
/** A chain with its key has some 10 KiB. */
const MOST_LENGTH = 1_000_000;
const FIRST_MS = 5_000;
const FOLLOW_MS = 1_000;
/** Two rounds, and what a question may take on a good day. */
const SETTLED_MS = 2_500;
