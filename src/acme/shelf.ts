/**
 * Where texts are kept under short keys (`account.pem`, `certificates/shop.example.pem`): all that the rest needs to know of
 * a storage. What is put is there whole or not at all, also for others that share it.
 */
export interface Shelf {
  /** Of all that share it, for one at a time: null when somebody else has it. It ends with its holder, also one that dies. */
  lock(): Promise<AsyncDisposable | null>;
  /** Null when there is nothing. */
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** All whose key begins with `group` and a slash. */
  removeGroup(group: string): Promise<void>;
}

/**
 * Keys become names of files and parts of other keys: nothing in them may mean anything there.
 * @throws what is no key is a mistake of ours
 */
export function checkedKey(key: string): string {
  if (KEY.test(key) && !key.split("/").some((part) => part === "." || part === "..")) return key;
  throw new Error(`${JSON.stringify(key)} is no key of a storage`);
}

/** At most one slash, as nobody needs more; names of files have 255 bytes at most. */
const KEY = /^(?:[A-Za-z0-9-]{1,50}\/)?[A-Za-z0-9._%~-]{1,240}$/;
