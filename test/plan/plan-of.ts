/** Plans of texts, for tests: no file is read but the record of traffic, and that from memory. */
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { type LoadedConfiguration, parseConfiguration } from "../../src/config/load.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";

export function loaded(text: string, file = "a.yaml"): LoadedConfiguration {
  const parsed = parseConfiguration(file, text);
  if (!parsed.ok) throw new Error(renderDiagnostics(parsed.error));
  return parsed.value;
}

export interface Traffic {
  readonly text: string;
  readonly name?: string;
  readonly host?: string;
  /** Given in pieces of so many bytes. */
  readonly pieceBytes?: number;
}

export async function planOf(before: string, after: string, traffic?: Traffic): Promise<Plan> {
  const made = await tryPlan(loaded(before, "old.yaml"), loaded(after, "new.yaml"), traffic);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

export function tryPlan(before: LoadedConfiguration, after: LoadedConfiguration, traffic?: Traffic) {
  if (traffic === undefined) return makePlan(before, after, { traffic: [], host: null });
  const { text, name = "access.log", host = null, pieceBytes = 65_536 } = traffic;
  const source = { name, pieces: () => piecesOf(Buffer.from(text), pieceBytes) };
  return makePlan(before, after, { traffic: [source], host });
}

export async function* piecesOf(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
