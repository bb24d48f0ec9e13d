/** `--workers N|auto`. */
import { InvalidArgumentError, Option } from "commander";

export function workersOption(): Option {
  return new Option("--workers <n|auto>", "processes that serve; auto is one for each core")
    .default("auto" as const)
    .argParser(parseWorkers);
}

export function parseWorkers(text: string): number | "auto" {
  if (text === "auto") return text;
  if (/^[1-9]\d{0,3}$/.test(text)) {
    const count = Number(text);
    if (count <= MOST_WORKERS) return count;
  }
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_WORKERS}, or auto.`);
}

/** More than the cores of any machine that this will meet; a mistyped number must not take the memory of one. */
const MOST_WORKERS = 256;
