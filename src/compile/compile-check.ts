/** The `health` of an upstream to what looks at its targets. */
import type { HealthModel, HttpCheckModel } from "../config/model.ts";
import { compileRegex } from "../routing/regex.ts";
import type { BodyTest, CheckSpec } from "../upstream/checks/check.ts";

export function compileCheck({ check }: HealthModel): CheckSpec {
  if (check.kind !== "http") return check;
  const { method, path, host, headers, statuses, body } = check;
  return { kind: "http", method, path, host, fields: headers, statuses, body: body && bodyTest(body) };
}

function bodyTest(body: NonNullable<HttpCheckModel["body"]>): BodyTest {
  if (body.kind === "contains") {
    return { source: JSON.stringify(body), test: (text) => text.includes(body.text) };
  }
  const regex = compileRegex(body.source);
  // The schema has compiled it once.
  if (!regex.ok) throw new Error(`a pattern that was accepted does not compile: ${regex.error}`);
  return { source: JSON.stringify(body), test: (text) => regex.value.test(text) };
}
