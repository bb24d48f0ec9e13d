/** The request that goes upstream, and every header field that is not as the client sent it. */
import type { ValueSource } from "../../config/provenance.ts";
import { EXPLAIN, FIELD, FORGEABLE, HOP_BY_HOP, isIn } from "../../protocol/http/field-names.ts";
import type { Outcome } from "../decision.ts";
import { type Field, type FieldChange, fieldChanges, fieldsOf } from "../fields.ts";
import { type Matter, type Step, step } from "./step.ts";

export function sentSteps({ sent }: Outcome & { kind: "forwarded" }, matter: Matter): Step[] {
  const before = fieldsOf(matter.decision.http!.head.fields);
  const changes = fieldChanges(before, sent.fields);
  return [
    step("sent", sent.line, {
      facts: { line: sent.line, path: sent.path, host: sent.values("host")[0] ?? null },
    }),
    ...changes.map((change) => changeStep(change, matter)),
  ];
}

function changeStep(change: FieldChange, matter: Matter): Step {
  if (change.kind === "replaced") {
    const [was, is] = [valuesOf(change.before), valuesOf(change.after)];
    const { name } = change.after[0]!;
    return step("field", `~ ${name}: ${is}`, {
      remark: `instead of ${was}`,
      source: sourceOf(change.after[0]!, matter),
      facts: { change: "replaced", name, value: is, before: was },
    });
  }
  const { field, kind } = change;
  return step("field", `${kind === "added" ? "+" : "-"} ${field.name}: ${field.value}`, {
    remark: kind === "removed" ? removalReason(field) : null,
    source: kind === "added" ? sourceOf(field, matter) : null,
    facts: { change: kind, name: field.name, value: field.value },
  });
}

function valuesOf(fields: readonly Field[]): string {
  return fields.map(({ value }) => value).join(", ");
}

function removalReason({ id, name }: Field): string {
  if (name.toLowerCase() === EXPLAIN) return "it is for this proxy, and may hold a token";
  if (name.toLowerCase() === "tracestate") return "its trace does not go on, or it is not a list of states";
  if (id === FIELD.nominated) return "Connection names it, so it ends here";
  if (id === FIELD.forgedAlias || id === FIELD.framingAlias) return "some upstreams read its _ as a hyphen";
  if (isIn(HOP_BY_HOP, id)) return "it speaks of this connection only";
  if (isIn(FORGEABLE, id)) return "not believed from this client";
  return "it has no meaning for the upstream";
}

/** The setting that adds a field; null for those that are always sent. */
function sourceOf({ name }: Field, { provenance }: Matter): ValueSource | null {
  const lower = name.toLowerCase();
  if (lower === "traceparent") return provenance.setting("tracing");
  return lower === "via" || lower === "forwarded" ? provenance.setting(lower) : null;
}
