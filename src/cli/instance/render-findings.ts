/** Findings that came as data, as they would have looked where they were found. */
import type { z } from "zod";
import type { diagnosticView } from "../../admin/views.ts";
import { renderDiagnostics } from "../../config/diagnostics/render.ts";

export function renderFindings(findings: readonly z.infer<typeof diagnosticView>[]): string {
  return renderDiagnostics(
    findings.map(({ file, line, column, related, ...rest }) => ({
      ...rest,
      origin: { file, line, column },
      related: related.map((place) => ({
        message: place.message,
        origin: { file: place.file, line: place.line, column: place.column },
        excerpt: place.excerpt,
      })),
    })),
  );
}
