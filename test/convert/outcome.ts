/**
 * What a configuration does with a request, in one line: `api /users?x=1` (upstream and what it gets), `301 /two/`
 * (a redirect), `403` (an answer), `tunnel db`, `nothing listens`. Decided by the code that serves, without a socket.
 */
import type { Configuration } from "../../src/config/model.ts";
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import { Decider } from "../../src/explain/decider.ts";
import type { Decision } from "../../src/explain/decision.ts";
import type { ExplainedRequest } from "../../src/explain/request.ts";

/** Takes lines such as `GET http://shop.example:5000/one x-canary: 1`, fields separated by `, `. */
export function outcomesOf(configuration: Configuration): (line: string) => string {
  const decider = new Decider(configuration);
  return (line) => textOf(decider.decide(requestOf(line)));
}

function requestOf(line: string): ExplainedRequest {
  const [, method, urlText, fields = ""] = /^([A-Z]+) (\S+)(?: (.*))?$/.exec(line)!;
  const url = parseRequestUrl(urlText!);
  if (!url.ok) throw new Error(`${urlText} ${url.error}`);
  const headers = fields
    .split(", ")
    .filter((field) => field !== "")
    .map((field) => field.split(": ") as [string, string]);
  return { method: method!, url: url.value, headers, from: null };
}

function textOf({ outcome }: Decision): string {
  switch (outcome.kind) {
    case "unheard":
      return "nothing listens";
    case "tunnelled":
      return `tunnel ${outcome.upstream}`;
    case "refused":
      return String(outcome.status);
    case "answered": {
      const location = outcome.fields.find(([name]) => name.toLowerCase() === "location")?.[1];
      const body = outcome.body.toString();
      return [outcome.status, location, body === "" ? undefined : JSON.stringify(body)]
        .filter((part) => part !== undefined)
        .join(" ");
    }
    case "forwarded":
      return `${outcome.upstream.name} ${outcome.sent.path}`;
  }
}
