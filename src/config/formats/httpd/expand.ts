/**
 * What httpd does while it reads: `Include`, `Define` with `${NAME}`, and sections that hold under a condition. A
 * module is taken to be loaded, since a file that asks for one means to use it.
 */
import { dirname, isAbsolute, join } from "node:path";
import { quoted } from "../../diagnostics/wording.ts";
import type { FileAccess } from "../../source/file-access.ts";
import { argument, type Directive, type Word } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";
import { isGlob, matchingFiles } from "../include-files.ts";
import { readForeignFile } from "../read-foreign-file.ts";
import { parseHttpd } from "./parser.ts";

/** One for all files: what one of them defines holds in the next. */
export class Expander {
  readonly #access: FileAccess;
  readonly #findings: Findings;
  readonly #defined = new Map<string, string>();
  #serverRoot: string | null = null;
  #files = 0;

  constructor(access: FileAccess, findings: Findings) {
    this.#access = access;
    this.#findings = findings;
  }

  /** @param chain the files that led here, the given one first */
  async expand(directives: readonly Directive[], chain: readonly string[]): Promise<readonly Directive[]> {
    const expanded: (readonly Directive[])[] = [];
    for (const directive of directives) {
      expanded.push(await this.#one(this.#withVariables(directive), chain));
    }
    return expanded.flat();
  }

  async #one(directive: Directive, chain: readonly string[]): Promise<readonly Directive[]> {
    switch (directive.name) {
      case "define":
        this.#defined.set(argument(directive, 0), argument(directive, 1));
        return [];
      case "undefine":
        this.#defined.delete(argument(directive, 0));
        return [];
      case "serverroot":
        this.#serverRoot = argument(directive, 0);
        return [];
      case "include":
      case "includeoptional":
        return this.#include(directive, chain);
      case "<ifmodule>":
      case "<ifdefine>":
      case "<ifversion>":
      case "<iffile>":
        return this.#condition(directive, chain);
      default:
        if (directive.block === null) return [directive];
        return [{ ...directive, block: await this.expand(directive.block, chain) }];
    }
  }

  /** Sections that hold are put in place; the others are told. */
  async #condition(directive: Directive, chain: readonly string[]): Promise<readonly Directive[]> {
    const written = argument(directive, 0);
    const negated = written.startsWith("!");
    const name = negated ? written.slice(1) : written;
    const isTrue = directive.name === "<ifdefine>" ? this.#defined.has(name) : true;
    const holds = isTrue !== negated;
    const [outcome, code] = holds
      ? (["was read", "convert.not_needed"] as const)
      : (["was left out", "convert.not_carried"] as const);
    const reason = { "<ifdefine>": `${quoted(name)} is${isTrue ? "" : " not"} defined in these files` }[
      directive.name
    ];
    const assumed = `what it asks ${negated ? "to be missing" : "for"} is taken to be there`;
    const message = `the section ${outcome}: ${reason ?? assumed}`;
    this.#findings.note(code, directive.head, message);
    return holds ? this.expand(directive.block ?? [], chain) : [];
  }

  async #include(directive: Directive, chain: readonly string[]): Promise<readonly Directive[]> {
    const written = argument(directive, 0);
    const folder = this.#serverRoot ?? dirname(chain[0]!);
    const pattern = isAbsolute(written) ? written : join(folder, written);
    const files = isGlob(written) ? await matchingFiles(pattern, this.#access) : null;
    if (files !== null && !files.ok) {
      return this.#refuse(directive, `cannot look for ${quoted(pattern)}: ${files.error.reason}`);
    }
    const found: (readonly Directive[])[] = [];
    for (const file of files?.value ?? [pattern]) found.push(await this.#file(file, directive, chain));
    return found.flat();
  }

  async #file(file: string, include: Directive, chain: readonly string[]): Promise<readonly Directive[]> {
    if (chain.includes(file)) return this.#refuse(include, `${quoted(file)} includes itself`);
    if (chain.length > CHAIN_LIMIT) return this.#refuse(include, "files include each other too deeply");
    if (++this.#files > FILE_LIMIT)
      return this.#refuse(include, `more than ${FILE_LIMIT} files are included`);
    const source = await readForeignFile(file, this.#access);
    if (!source.ok) return this.#missing(file, include, source.error.message);
    const directives = parseHttpd(source.value, this.#findings);
    return directives === null ? [] : this.expand(directives, [...chain, file]);
  }

  #missing(file: string, include: Directive, reason: string): readonly Directive[] {
    if (include.name === "include") return this.#refuse(include, `${quoted(file)}: ${reason}`);
    this.#findings.note(
      "convert.not_needed",
      include,
      `${quoted(file)} is not there, which this line allows`,
    );
    return [];
  }

  #refuse(include: Directive, message: string): readonly Directive[] {
    this.#findings.error("convert.include", include, message);
    return [];
  }

  #withVariables(directive: Directive): Directive {
    if (!directive.words.some(({ text }) => text.includes("${"))) return directive;
    return { ...directive, words: directive.words.map((word) => this.#filledIn(word)) };
  }

  /** What nobody defines may come from the environment, and stays as it is. */
  #filledIn(word: Word): Word {
    const text = word.text.replace(
      /\$\{([^}]*)\}/g,
      (whole, name: string) => this.#defined.get(name) ?? whole,
    );
    return text === word.text ? word : { ...word, text };
  }
}

const FILE_LIMIT = 2_000;
const CHAIN_LIMIT = 20;
