/** What nobody is shown of a URL or a path: the password before `@`, and parameters whose names say so. */
import { createRedaction, REDACTED } from "../../observe/redaction.ts";

export function secretsInUrl(text: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(text)?.[1] ?? "";
  const inQuery = [...text.matchAll(PARAMETER)].flatMap(([parameter, value]) =>
    redaction.query(`?${parameter}`).endsWith(`=${REDACTED}`) ? [value!] : [],
  );
  return [password, ...inQuery].filter((part) => part !== "");
}

const PARAMETER = /(?<=[?&;])[^&;=#?]+=([^&;#]*)/g;
const redaction = createRedaction([], []);
