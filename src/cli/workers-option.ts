/** `--workers N|auto`. One process serves for now; more is refused rather than quietly not done. */
import { InvalidArgumentError, Option } from "commander";

export function workersOption(): Option {
  return new Option("--workers <n|auto>", "processes that serve; only 1 is available yet, and auto means 1")
    .default("auto")
    .argParser(parseWorkers);
}

export function parseWorkers(text: string): string {
  if (text === "auto" || text === "1") return text;
  if (/^[1-9]\d{0,3}$/.test(text)) {
    throw new InvalidArgumentError("Only one worker is available in this version: use 1 or auto.");
  }
  throw new InvalidArgumentError("Expected a whole number from 1, or auto.");
}
