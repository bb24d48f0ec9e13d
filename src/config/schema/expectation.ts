/** `tests`: what a request would meet. Read and checked for its form; nothing runs them yet. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { parseMethod } from "../values/header-field.ts";
import { canonicalIp } from "../values/host-name.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { count, freeText, textOf } from "./values.ts";

const text = () => freeText("text").optional();

const expectation = noted(
  z.strictObject({
    route: text().describe("The label of the route: `shop/0`."),
    not_route: text().describe("A route that must not take this request."),
    upstream: text().describe("The name of the upstream."),
    host: text().describe("The host as sent upstream."),
    path: text().describe("Path and query as sent upstream."),
    status: count(100, 599).optional().describe("The status, when the proxy answers itself."),
    redirect: text().describe("The Location of the redirect."),
    headers: z
      .record(
        z.string(),
        noted(z.string().nullable(), { expects: "text, or `null` for none", freeText: true }),
      )
      .optional()
      .describe("Header fields as sent upstream; `null` for one that must be absent."),
  }),
  { called: "`expect`" },
);

export const testSchema = noted(
  z.strictObject({
    name: text().describe("What the test is about."),
    request: textOf("a method and a URL, such as `GET http://shop.example/api`", parseRequestLine).describe(
      "Method and URL: `GET http://shop.example/api?page=2`.",
    ),
    headers: z.record(z.string(), freeText("text", 0)).optional().describe("Header fields of the request."),
    from: textOf("an IP address", parseAddress).optional().describe("The client's address."),
    expect: expectation.describe("What must hold; what is left out is not asked."),
  }),
  { called: "a test" },
);

function parseRequestLine(line: string): Result<{ method: string; url: string }, ValueFault> {
  const [first, second, ...more] = line.split(" ");
  const method = second === undefined ? "GET" : first!;
  const url = second ?? first!;
  const checked = parseMethod(method);
  if (!checked.ok) return checked;
  if (more.length === 0 && URL.canParse(url) && /^https?:/i.test(url)) return ok({ method, url });
  return fault(
    "config.bad_value",
    `${quoted(line)} is not a request`,
    "write `GET http://shop.example/path`",
  );
}

function parseAddress(address: string): Result<string, ValueFault> {
  const ip = canonicalIp(address);
  return ip === null ? fault("value.network", `${quoted(address)} is not an IP address`) : ok(ip);
}
