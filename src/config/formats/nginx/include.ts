/**
 * Puts the directives of included files in place of `include`. Relative paths start at the folder of the file that
 * was given, as nginx has it. A file that is missing is an error, because nobody knows what it would have changed;
 * only lists that a proxy has no use for may be.
 */
import { basename, dirname, isAbsolute, join } from "node:path";
import { quoted } from "../../diagnostics/wording.ts";
import type { FileAccess } from "../../source/file-access.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";
import { isGlob, matchingFiles } from "../include-files.ts";
import { readForeignFile } from "../read-foreign-file.ts";
import { parseNginx } from "./parser.ts";

/** @param file the file that was given, for relative paths */
export async function expandIncludes(
  directives: readonly Directive[],
  file: string,
  access: FileAccess,
  findings: Findings,
): Promise<readonly Directive[]> {
  return new Includes(dirname(file), access, findings).expand(directives, [file]);
}

class Includes {
  readonly #folder: string;
  readonly #access: FileAccess;
  readonly #findings: Findings;
  #files = 0;

  constructor(folder: string, access: FileAccess, findings: Findings) {
    this.#folder = folder;
    this.#access = access;
    this.#findings = findings;
  }

  /** @param chain the files that led here */
  async expand(directives: readonly Directive[], chain: readonly string[]): Promise<readonly Directive[]> {
    const expanded: (Directive | readonly Directive[])[] = [];
    for (const directive of directives) {
      if (directive.name === "include" && directive.block === null) {
        expanded.push(await this.#include(directive, chain));
      } else if (directive.block === null) expanded.push(directive);
      else expanded.push({ ...directive, block: await this.expand(directive.block, chain) });
    }
    return expanded.flat();
  }

  async #include(directive: Directive, chain: readonly string[]): Promise<readonly Directive[]> {
    const written = argument(directive, 0);
    const pattern = isAbsolute(written) ? written : join(this.#folder, written);
    const files = isGlob(written) ? await matchingFiles(pattern, this.#access) : null;
    if (files !== null && !files.ok) {
      this.#findings.error(
        "convert.include",
        directive,
        `cannot look for ${quoted(pattern)}: ${files.error.reason}`,
      );
      return [];
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
    const directives = parseNginx(source.value, this.#findings);
    return directives === null ? [] : this.expand(directives, [...chain, file]);
  }

  #missing(file: string, include: Directive, reason: string): readonly Directive[] {
    const why = DISPENSABLE.get(basename(file));
    if (why === undefined) return this.#refuse(include, `${quoted(file)}: ${reason}`);
    this.#findings.note("convert.not_needed", include, `${quoted(file)} is missing; ${why}`);
    return [];
  }

  #refuse(include: Directive, message: string): readonly Directive[] {
    this.#findings.error("convert.include", include, message);
    return [];
  }
}

/** A chain of ever new names cannot be told from a real configuration but by its length. */
const FILE_LIMIT = 2_000;

/** Blocks nest with the files, and what follows walks them by recursion. */
const CHAIN_LIMIT = 20;

const DISPENSABLE = new Map([
  ["mime.types", "it names the types of files on disk"],
  ["fastcgi_params", "it is for FastCGI"],
  ["fastcgi.conf", "it is for FastCGI"],
  ["uwsgi_params", "it is for uwsgi"],
  ["scgi_params", "it is for SCGI"],
]);
