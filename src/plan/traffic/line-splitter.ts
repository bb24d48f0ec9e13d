/** Text in pieces to lines. A line without end is dropped as it comes, so that memory is bounded. */

export interface LineTaker {
  /** @param number from 1. `text` is null when the line is too long. */
  onLine(text: string | null, number: number): void;
}

export class LineSplitter {
  readonly #taker: LineTaker;
  #rest = "";
  #isTooLong = false;
  #number = 0;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#keep(text.slice(start, end));
      this.#emit();
      start = end + 1;
    }
    this.#keep(text.slice(start));
  }

  /** The last line may lack its newline. */
  end(): void {
    if (this.#rest !== "" || this.#isTooLong) this.#emit();
  }

  #keep(piece: string): void {
    if (this.#isTooLong) return;
    this.#rest = this.#rest === "" ? piece : this.#rest + piece;
    if (this.#rest.length <= LONGEST_LINE) return;
    this.#isTooLong = true;
    this.#rest = "";
  }

  #emit(): void {
    const line = this.#rest.endsWith("\r") ? this.#rest.slice(0, -1) : this.#rest;
    this.#number++;
    if (this.#isTooLong) this.#taker.onLine(null, this.#number);
    else if (line !== "") this.#taker.onLine(line, this.#number);
    this.#rest = "";
    this.#isTooLong = false;
  }
}

/** A request line has at most 1 MiB, and its log line escapes and more. */
const LONGEST_LINE = 4 * 1024 * 1024;
