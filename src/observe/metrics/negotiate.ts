/** Which format a scraper gets, by its Accept field (RFC 9110 section 12.5.1). Who does not care gets the older one. */
import type { ExpositionFormat } from "./exposition.ts";

export function negotiateFormat(accept: string | null): ExpositionFormat {
  if (accept === null) return "prometheus";
  let open = 0;
  let plain = 0;
  for (const range of accept.split(",")) {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = Number(parameterOf(parameters, "q") ?? 1) || 0;
    if (type === "application/openmetrics-text") {
      if (OPEN_VERSIONS.has(parameterOf(parameters, "version") ?? "1.0.0")) open = Math.max(open, quality);
    } else if (PLAIN_TYPES.has(type!)) plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain ? "openMetrics" : "prometheus";
}

function parameterOf(parameters: readonly string[], name: string): string | null {
  const parameter = parameters.find((each) => each.startsWith(`${name}=`));
  return parameter?.slice(name.length + 1).replaceAll('"', "") ?? null;
}

const OPEN_VERSIONS = new Set(["1.0.0"]);
/** What `text/plain; version=0.0.4` is an answer to. */
const PLAIN_TYPES = new Set(["text/plain", "text/*", "*/*"]);
