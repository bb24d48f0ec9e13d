/**
 * Whether a proxy does all the work it is compared by, seen from what arrived at the origin: a peer that
 * leaves something out has no figure.
 */

/** A sentence about the first thing that is missing, or null. */
export function missingFeature(receivedHead: string, host: string, proto = "http"): string | null {
  const fields = fieldsOf(receivedHead);
  const expected: readonly (readonly [string, string])[] = [
    ["host", host],
    ["x-forwarded-for", "127.0.0.1"],
    ["x-forwarded-proto", proto],
    ["x-forwarded-host", host],
  ];
  for (const [name, value] of expected) {
    if (fields.get(name) !== value) return `the origin received ${name}: ${fields.get(name) ?? "(none)"}`;
  }
  if (!fields.has("via")) return "the origin received no Via";
  return (fields.get("x-request-id") ?? "").length < SHORTEST_ID
    ? "the origin received no X-Request-Id"
    : null;
}

function fieldsOf(head: string): Map<string, string> {
  const lines = head.split("\r\n\r\n", 1)[0]!.split("\r\n").slice(1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

const SHORTEST_ID = 8;
