/**
 * The constraints of two rules as sets of requests: the same, without a common one, or one inside the other.
 * What cannot be decided, two different regexes for one field, is taken as apart.
 */
import type { Constraints, ValueCheck } from "./constraints.ts";

/** Whether every request that meets `narrow` meets `wide`. */
export function covers(wide: Constraints | null, narrow: Constraints | null): boolean {
  if (wide === null) return true;
  if (narrow === null) return false;
  const methods =
    wide.methods.length === 0 ||
    (narrow.methods.length > 0 && narrow.methods.every((method) => wide.methods.includes(method)));
  return methods && implied(wide.headers, narrow.headers) && implied(wide.query, narrow.query);
}

function implied(wide: readonly ValueCheck[], narrow: readonly ValueCheck[]): boolean {
  return wide.every((check) =>
    narrow.some(
      (other) =>
        other.match.name === check.match.name &&
        (check.match.value.kind === "present" || sameValue(check, other) || accepts(check, other)),
    ),
  );
}

/** Whether no request can meet both. */
export function apart(a: Constraints | null, b: Constraints | null): boolean {
  if (a === null || b === null) return false;
  const methods =
    a.methods.length > 0 && b.methods.length > 0 && !a.methods.some((method) => b.methods.includes(method));
  return methods || valuesApart(a.headers, b.headers) || valuesApart(a.query, b.query);
}

function valuesApart(a: readonly ValueCheck[], b: readonly ValueCheck[]): boolean {
  return a.some((check) =>
    b.some((other) => other.match.name === check.match.name && valueApart(check, other)),
  );
}

function valueApart(a: ValueCheck, b: ValueCheck): boolean {
  if (a.match.value.kind === "present" || b.match.value.kind === "present") return false;
  return !sameValue(a, b) && !accepts(a, b) && !accepts(b, a);
}

/** Whether the one value that `b` asks for meets the regex of `a`. */
function accepts(a: ValueCheck, b: ValueCheck): boolean {
  return a.regex !== null && b.match.value.kind === "exact" && a.regex.test(b.match.value.value);
}

export function same(a: Constraints | null, b: Constraints | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.methods.length === b.methods.length &&
    a.methods.every((method) => b.methods.includes(method)) &&
    sameChecks(a.headers, b.headers) &&
    sameChecks(a.query, b.query)
  );
}

function sameChecks(a: readonly ValueCheck[], b: readonly ValueCheck[]): boolean {
  return a.length === b.length && a.every((check) => b.some((other) => sameCheck(check, other)));
}

function sameCheck(a: ValueCheck, b: ValueCheck): boolean {
  return a.match.name === b.match.name && sameValue(a, b);
}

function sameValue(a: ValueCheck, b: ValueCheck): boolean {
  const [one, other] = [a.match.value, b.match.value];
  if (one.kind === "exact") return other.kind === "exact" && one.value === other.value;
  if (one.kind === "regex") return other.kind === "regex" && one.source === other.source;
  return other.kind === "present";
}
