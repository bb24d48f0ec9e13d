/**
 * The text of a browser's archive in pieces to the text of each entry's `request`. An archive holds every answer's
 * body, so it is not parsed as a whole: the splitter only follows brackets and strings, and keeps nothing but
 * the keys on the way to `log.entries[].request` and what stands there.
 */

export interface RequestTaker {
  /** @param number of the entry, from 1. `text` is null when it is too long. */
  onRequest(text: string | null, number: number): void;
}

export class HarSplitter {
  /** Entries begun. */
  entries = 0;
  readonly #taker: RequestTaker;
  #depth = 0;
  /** The keys that lead to where the splitter is, as far as they matter. */
  readonly #keys: string[] = ["", "", "", "", ""];
  #inString = false;
  #isEscaped = false;
  /** The last string, as long as it may be one of the keys. */
  #string = "";
  /** Of a request that is being kept; null outside of one. */
  #kept: string[] | null = null;
  #keptLength = 0;

  constructor(taker: RequestTaker) {
    this.#taker = taker;
  }

  /** Whether every bracket was closed. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.#inString;
  }

  push(text: string): void {
    let keptFrom = this.#kept === null ? -1 : 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inString) {
        if (this.#depth > REQUEST_DEPTH && !this.#isEscaped) at = this.#skipString(text, at);
        else this.#readString(code);
      } else if (code === OPEN_MAP || code === OPEN_LIST) {
        if (this.#enter(code)) keptFrom = at;
      } else if (code === CLOSE_MAP || code === CLOSE_LIST) {
        if (this.#leave(text, keptFrom, at + 1)) keptFrom = -1;
      } else if (code === QUOTE) {
        this.#inString = true;
        this.#string = "";
      } else if (code === COLON && this.#depth <= REQUEST_DEPTH) {
        this.#keys[this.#depth] = this.#string;
      }
    }
    if (keptFrom !== -1) this.#keep(text.slice(keptFrom));
  }

  /** Of strings that are no key on the way only the end matters; bodies are most of an archive. */
  #skipString(text: string, from: number): number {
    const quote = text.indexOf('"', from);
    const end = quote === -1 ? text.length : quote;
    let backslashes = 0;
    while (end - backslashes > from && text.charCodeAt(end - backslashes - 1) === BACKSLASH) backslashes++;
    const isEscaped = backslashes % 2 === 1;
    if (quote === -1) this.#isEscaped = isEscaped;
    else if (!isEscaped) this.#inString = false;
    return end;
  }

  #readString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#inString = false;
    else if (this.#depth <= REQUEST_DEPTH && this.#string.length < LONGEST_KEY) {
      this.#string += String.fromCharCode(code);
    }
  }

  /** Whether a request begins here. */
  #enter(code: number): boolean {
    const [, log, entries, , request] = this.#keys;
    const inEntries = log === "log" && entries === "entries";
    if (this.#depth === ENTRY_DEPTH && inEntries && code === OPEN_MAP) this.entries++;
    const begins = this.#depth === REQUEST_DEPTH && inEntries && request === "request" && code === OPEN_MAP;
    this.#depth++;
    if (this.#depth <= REQUEST_DEPTH) this.#keys[this.#depth] = "";
    if (!begins) return false;
    this.#kept = [];
    this.#keptLength = 0;
    return true;
  }

  /** Whether a request ends here. */
  #leave(text: string, from: number, to: number): boolean {
    this.#depth = Math.max(0, this.#depth - 1);
    if (this.#kept === null || this.#depth !== REQUEST_DEPTH) return false;
    this.#keep(text.slice(from, to));
    this.#taker.onRequest(this.#keptLength > LONGEST_REQUEST ? null : this.#kept.join(""), this.entries);
    this.#kept = null;
    this.#keys[REQUEST_DEPTH] = "";
    return true;
  }

  #keep(piece: string): void {
    this.#keptLength += piece.length;
    if (this.#keptLength <= LONGEST_REQUEST) this.#kept!.push(piece);
    else this.#kept!.length = 0;
  }
}

/** Depths are counted in open brackets: `{ "log": { "entries": [ { "request": {` */
const ENTRY_DEPTH = 3;
const REQUEST_DEPTH = 4;
const LONGEST_KEY = 16;
/** With the body of a form, perhaps. */
const LONGEST_REQUEST = 16 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
