/** `RequestHeader` for the fields that Portward sets anyway; all others are told. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { HostContext } from "./host-context.ts";

export function noteForwardedFields({ scope, scheme, findings }: HostContext): void {
  for (const directive of scope.inherited("requestheader")) {
    if (isDoneAnyway(directive, scheme)) continue;
    const written = directive.words.map(({ text }) => text).join(" ");
    const message = `${quoted(written)} is not carried over: fields of requests are passed on as the client sent them`;
    findings.note("convert.not_carried", directive.head, message);
  }
}

function isDoneAnyway(directive: Directive, scheme: string | null): boolean {
  const [action, name, value] = [0, 1, 2].map((index) => argument(directive, index).toLowerCase());
  if (action !== "set" && action !== "setifempty") return false;
  if (name === "x-forwarded-proto") return value === scheme || value === "expr=%{request_scheme}";
  if (name === "x-forwarded-for") return value === "%{remote_addr}s" || value === "expr=%{remote_addr}";
  return false;
}
