/** The YAML or JSON documents in foreign files, with the findings of their readers. */
import { extname } from "node:path";
import type { ConfigNode } from "../../source/config-node.ts";
import { parseJson } from "../../source/parse-json.ts";
import { parseYaml } from "../../source/parse-yaml.ts";
import type { SourceText } from "../../source/source-text.ts";
import type { Findings } from "../findings.ts";

export function readForeignDocuments(sources: readonly SourceText[], findings: Findings): ConfigNode[] {
  return sources.flatMap((source) => {
    const parsed = extname(source.file) === ".json" ? parseJson(source) : parseYaml(source);
    for (const diagnostic of parsed.diagnostics) findings.add(diagnostic);
    return [...parsed.documents];
  });
}
