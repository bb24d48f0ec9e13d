/**
 * Why a text is not the value it should be. The functions in this folder turn text into values and know
 * nothing of files; the schema attaches the place.
 */
import { err, type Result } from "../../base/result.ts";
import type { DiagnosticCode } from "../diagnostics/codes.ts";
import type { Path } from "../source/config-node.ts";

export interface ValueFault {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly suggestion: string | null;
  /** Where inside the value, when it is a map or a list. */
  readonly path: Path;
}

export function fault(
  code: DiagnosticCode,
  message: string,
  suggestion: string | null = null,
  path: Path = [],
): Result<never, ValueFault> {
  return err({ code, message, suggestion, path });
}
