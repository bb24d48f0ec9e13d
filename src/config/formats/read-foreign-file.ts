/** One foreign file to text, or the finding that says why not. */
import { err, type Result } from "../../base/result.ts";
import { type Diagnostic, diagnoseFile } from "../diagnostics/diagnostic.ts";
import { decodeText } from "../source/decode-text.ts";
import type { FileAccess } from "../source/file-access.ts";
import { FILE_LIMIT_BYTES } from "../source/limits.ts";
import type { SourceText } from "../source/source-text.ts";
import { formatSize } from "../values/size.ts";

export async function readForeignFile(
  file: string,
  access: FileAccess,
): Promise<Result<SourceText, Diagnostic>> {
  const bytes = await access.read(file, FILE_LIMIT_BYTES);
  if (bytes.ok) return decodeText(file, bytes.value);
  const { kind, reason } = bytes.error;
  if (kind === "tooLarge") {
    const message = `the file is larger than ${formatSize(FILE_LIMIT_BYTES)}`;
    return err(diagnoseFile("file.too_large", file, message));
  }
  const code = kind === "missing" ? "file.missing" : "file.unreadable";
  return err(diagnoseFile(code, file, `cannot read the file: ${reason}`));
}
