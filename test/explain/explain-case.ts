/**
 * Reads a case of `explain`: one configuration, and for each request the text that must come out.
 *
 *   # why this case is here
 *   --- input shop.yaml
 *   …
 *   --- explain POST http://shop.example/api from 10.0.0.1
 *   X-Canary: 1                  header fields, up to an empty line
 *
 *   …                            the explanation, to the last character
 */
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import type { ExplainedRequest } from "../../src/explain/request.ts";

export interface ExplainCase {
  /** Everything before the first explanation. */
  readonly head: string;
  readonly file: string;
  readonly text: string;
  readonly asked: readonly AskedCase[];
}

export interface AskedCase {
  readonly title: string;
  readonly fields: readonly string[];
  readonly expected: string;
}

export function readExplainCase(content: string): ExplainCase {
  const [head, ...asked] = content.split(/^--- explain /m);
  const [, file, text] = /^--- input (\S+)\n([\s\S]*)$/m.exec(head!)!;
  return { head: head!, file: file!, text: text!, asked: asked.map(readAsked) };
}

/** The case with other explanations: what a change of wording asks for. */
export function writeExplainCase({ head, asked }: ExplainCase, texts: readonly string[]): string {
  const parts = asked.map(({ title, fields }, index) => {
    const lines = fields.map((field) => `${field}\n`).join("");
    return `--- explain ${title}\n${lines}\n${texts[index]}`;
  });
  return head + parts.join("");
}

export function requestOf({ title, fields }: AskedCase): ExplainedRequest {
  const [method, url, , from = null] = title.split(" ");
  const parsed = parseRequestUrl(url!);
  if (!parsed.ok) throw new Error(`${url} ${parsed.error}`);
  const headers = fields.map((field) => {
    const [name, ...value] = field.split(": ");
    return [name!, value.join(": ")] as const;
  });
  return { method: method!, url: parsed.value, headers, from };
}

function readAsked(section: string): AskedCase {
  const [title, ...lines] = section.split("\n");
  const empty = lines.indexOf("");
  return { title: title!, fields: lines.slice(0, empty), expected: lines.slice(empty + 1).join("\n") };
}
