/** What became of a reload. */
import { diagnosticsAsData } from "../../config/diagnostics/render.ts";
import type { ReloadOutcome } from "../instance.ts";
import type { ReloadView } from "../views.ts";

export function reloadViewOf({ atMs, trigger, done, tookMs, diagnostics }: ReloadOutcome): ReloadView {
  return {
    at: new Date(atMs).toISOString(),
    trigger,
    result: done ? "done" : "refused",
    took_ms: Math.round(tookMs * 10) / 10,
    diagnostics: diagnosticsAsData(diagnostics) as ReloadView["diagnostics"],
  };
}
