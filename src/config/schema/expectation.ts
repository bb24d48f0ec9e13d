/** `tests`: a request, and what it would have to meet. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { ConfiguredTest, Expectation, FieldExpectation } from "../model.ts";
import { parseFieldName, parseFieldValue, parseMethod } from "../values/header-field.ts";
import { canonicalIp } from "../values/host-name.ts";
import { parseRequestUrl } from "../values/request-url.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { valuePattern } from "./match.ts";
import { noted } from "./notes.ts";
import { about, converted, count, freeText, oneOrMore, textOf } from "./values.ts";

const text = () => freeText("text").optional();

const FIELD_FORMS = "text, `{ regex: … }`, `{ present: true }`, or `null` for none";

const expectedFields = noted(
  converted(
    z.record(z.string(), noted(z.union([valuePattern, z.null()]), { expects: FIELD_FORMS, freeText: true })),
    fieldsOfRecord,
  ),
  { expects: "a map of header names and values" },
);

const expectation = noted(
  converted(
    noted(
      z.strictObject({
        route: text().meta(about("The label of the route.", "shop/0")),
        not_route: text().describe("The label of a route that must not take this request."),
        upstream: text().describe("The name of the upstream; of a route's own targets, the route's label."),
        host: text().describe("`Host` as sent upstream."),
        path: text().meta(about("Path and query as sent upstream.", "/users?page=2")),
        headers: expectedFields.optional().meta(
          about("Header fields as sent upstream; `null` for one that must not be sent.", {
            "x-forwarded-proto": "http",
            "x-secret": null,
          }),
        ),
        redirect: text().describe("The `Location` of a redirect."),
        status: count(100, 599).optional().describe("The status, when the proxy answers itself."),
      }),
      { called: "`expect`" },
    ),
    notEmpty,
  ),
  {},
);

export const testSchema = noted(
  z.strictObject({
    name: text().describe("What the test is about."),
    request: textOf("a method and a URL, such as `GET http://shop.example/api`", parseRequestLine).meta(
      about("Method and URL; `GET` when there is no method.", "GET http://shop.example/api?page=2"),
    ),
    headers: noted(
      converted(z.record(z.string(), oneOrMore(freeText("text", 0))), requestFieldsOfRecord).optional(),
      { expects: "a map of header names and values" },
    ).describe("Header fields of the request; a value or a list of values."),
    from: textOf("an IP address", parseAddress).optional().meta(about("The client's address.", "192.0.2.1")),
    expect: expectation.describe("What must hold; what is left out is not asked."),
  }),
  { called: "a test" },
);

export type TestInput = z.output<typeof testSchema>;

function parseRequestLine(line: string): Result<Pick<ConfiguredTest, "method" | "url">, ValueFault> {
  const words = line.split(" ");
  const [method, url] = words.length === 1 ? ["GET", line] : words;
  const checked = parseMethod(method!);
  if (!checked.ok) return checked;
  const parsed = parseRequestUrl(url!);
  if (words.length <= 2 && parsed.ok) return ok({ method: method!, url: parsed.value });
  const hint = "write `GET http://shop.example/path`";
  if (words.length > 2)
    return fault("config.bad_value", `${quoted(line)} has more than a method and a URL`, hint);
  return fault("config.bad_value", `${quoted(url!)} ${parsed.ok ? "" : parsed.error}`, hint);
}

function parseAddress(address: string): Result<string, ValueFault> {
  const ip = canonicalIp(address);
  return ip === null ? fault("value.network", `${quoted(address)} is not an IP address`) : ok(ip);
}

function requestFieldsOfRecord(
  record: Record<string, string[]>,
): Result<(readonly [string, string])[], ValueFault> {
  const fields: (readonly [string, string])[] = [];
  for (const [key, values] of Object.entries(record)) {
    for (const value of values) {
      const [name, checked] = [parseFieldName(key), parseFieldValue(value)];
      if (!name.ok) return inside(name.error, key);
      if (!checked.ok) return inside(checked.error, key);
      fields.push([name.value, value]);
    }
  }
  return ok(fields);
}

function fieldsOfRecord(
  record: Record<string, FieldExpectation["value"]>,
): Result<FieldExpectation[], ValueFault> {
  const fields: FieldExpectation[] = [];
  for (const [key, value] of Object.entries(record)) {
    const name = parseFieldName(key);
    if (!name.ok) return inside(name.error, key);
    fields.push({ key, name: name.value, value });
  }
  return ok(fields);
}

type ExpectationInput = {
  readonly [K in "route" | "not_route" | "upstream" | "host" | "path" | "redirect"]?: string | undefined;
} & { readonly headers?: FieldExpectation[] | undefined; readonly status?: number | undefined };

/** A test that asks nothing passes always, and looks as if it proved something. */
function notEmpty(input: ExpectationInput): Result<Expectation, ValueFault> {
  const { not_route: notRoute, headers = [], ...rest } = input;
  if (Object.keys(input).length === 0) {
    return fault("config.bad_value", "the test expects nothing", "add `route: LABEL` or another expectation");
  }
  return ok({
    route: rest.route ?? null,
    notRoute: notRoute ?? null,
    upstream: rest.upstream ?? null,
    host: rest.host ?? null,
    path: rest.path ?? null,
    redirect: rest.redirect ?? null,
    status: rest.status ?? null,
    headers,
  });
}

function inside({ code, message, suggestion }: ValueFault, key: string): Result<never, ValueFault> {
  return fault(code, message, suggestion, [key]);
}
