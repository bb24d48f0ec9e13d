/**
 * Tokens to directives. The first fault ends the reading of a file, because nothing after it can be trusted.
 * Nesting is bounded, since it is recursion here and in all that follows.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { DEPTH_LIMIT } from "../../source/limits.ts";
import { type Place, placeAt, type SourceText } from "../../source/source-text.ts";
import { DIRECTIVE_LIMIT, type Directive, type Word } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";
import { Lexer, type Token } from "./lexer.ts";

/** Null after an error. */
export function parseNginx(source: SourceText, findings: Findings): readonly Directive[] | null {
  return new Parser(source, findings).file();
}

class Parser {
  readonly #source: SourceText;
  readonly #findings: Findings;
  readonly #lexer: Lexer;
  #count = 0;

  constructor(source: SourceText, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
    this.#lexer = new Lexer(source);
  }

  file(): readonly Directive[] | null {
    return this.#directives(null, 0);
  }

  /** @param opening the brace to be closed, or null for a whole file */
  #directives(opening: number | null, depth: number): Directive[] | null {
    const directives: Directive[] = [];
    for (;;) {
      const token = this.#lexer.next();
      if (token.kind === "end" && opening === null) return directives;
      if (token.kind === "}" && opening !== null) return directives;
      if (token.kind !== "word") return this.#unexpected(token, opening);
      if (++this.#count > DIRECTIVE_LIMIT) return this.#tooMany(token.word);
      const directive = this.#directive(token.word, depth);
      if (directive === null) return null;
      directives.push(directive);
    }
  }

  #directive(first: Word, depth: number): Directive | null {
    const words: Word[] = [];
    for (;;) {
      const token = this.#lexer.next();
      if (token.kind === "word") words.push(token.word);
      else if (token.kind === ";" || token.kind === "{") return this.#finish(first, words, token, depth);
      else return this.#unended(first, token);
    }
  }

  #finish(
    first: Word,
    words: Word[],
    { kind, start }: Token & { start: number },
    depth: number,
  ): Directive | null {
    const head = placeAt(this.#source, first.start, (words.at(-1) ?? first).end);
    const block = kind === ";" ? null : this.#block(first.text, start, depth);
    if (kind === "{" && block === null) return null;
    return {
      ...placeAt(this.#source, first.start, this.#lexer.offset),
      name: first.text,
      label: first.text,
      head,
      words,
      block,
    };
  }

  #block(name: string, opening: number, depth: number): Directive[] | null {
    if (name.endsWith("_by_lua_block")) {
      return this.#lexer.skipBlock() ? [] : this.#fault(opening, "the block that begins here is not closed");
    }
    if (depth < DEPTH_LIMIT) return this.#directives(opening, depth + 1);
    const message = `blocks are nested deeper than ${DEPTH_LIMIT} levels`;
    this.#findings.error("convert.limit", placeAt(this.#source, opening), message);
    return null;
  }

  #tooMany(place: Place): null {
    this.#findings.error("convert.limit", place, `a file with more than ${DIRECTIVE_LIMIT} directives`);
    return null;
  }

  #unexpected(token: Exclude<Token, { kind: "word" }>, opening: number | null): null {
    if (token.kind === "fault") return this.#fault(token.start, token.message);
    if (token.kind === "end") return this.#fault(opening!, "the block that begins here is not closed");
    if (token.kind === "}") return this.#fault(token.start, "this `}` closes nothing");
    return this.#fault(token.start, `a directive was expected, found ${quoted(token.kind)}`);
  }

  #unended(first: Word, token: Exclude<Token, { kind: "word" }>): null {
    if (token.kind === "fault") return this.#fault(token.start, token.message);
    return this.#faultAt(first, `${quoted(first.text)} does not end in \`;\``);
  }

  #fault(start: number, message: string): null {
    return this.#faultAt(placeAt(this.#source, start), message);
  }

  #faultAt(place: Place, message: string): null {
    this.#findings.error("convert.syntax", place, message);
    return null;
  }
}
