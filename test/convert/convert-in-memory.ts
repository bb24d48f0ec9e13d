/** A conversion of files in memory, and the configuration that its YAML makes. */

import { type Converted, convertFiles } from "../../src/config/formats/convert.ts";
import { CONVERT_FORMATS } from "../../src/config/formats/formats.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import type { Configuration } from "../../src/config/model.ts";
import { memoryFiles } from "../config/memory-files.ts";

/** @param inputs the files that are given, of those that are there */
export function convertInMemory(
  format: string,
  files: Readonly<Record<string, string>>,
  inputs: readonly string[] = Object.keys(files),
): Promise<Converted> {
  const found = CONVERT_FORMATS.find(({ name }) => name === format);
  if (found === undefined) throw new Error(`no format is called ${format}`);
  return convertFiles(found, inputs, memoryFiles(files));
}

/** Loads what a conversion wrote; it must load. */
export function loadConverted({ yaml, findings }: Converted): Configuration {
  if (yaml === null) throw new Error(`nothing was written: ${JSON.stringify(findings, null, 1)}`);
  const loaded = parseConfiguration("converted.yaml", yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 1));
  return loaded.value.configuration;
}
