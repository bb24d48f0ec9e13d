/** `settings.acme.on_demand`: for which names a certificate is obtained once somebody asks for them, and how many. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { OnDemandModel } from "../model.ts";
import { parseHostPattern } from "../values/host-pattern.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, converted, count, oneOrMore, textOf } from "./values.ts";

const onDemandMap = noted(
  z.strictObject({
    hosts: oneOrMore(textOf("a host name, such as `shop.example` or `*.shop.example`", parseHostPattern))
      .optional()
      .meta(about("Names that may be had; `*.` stands for one or more labels.", ["*.customers.example"])),
    ask: noted(textOf("a URL", parseUrl), { secretsIn: secretsInUrl })
      .optional()
      .meta(
        about(
          "Who is asked whether a name may be had: by GET with `?domain=`, and nothing but the status 200 means yes.",
          "http://127.0.0.1:3000/tls-allowed",
        ),
      ),
    names: count(1, 100_000)
      .prefault(1_000)
      .describe("How many names at most have certificates of this kind."),
    per_hour: count(1, 100_000).prefault(60).describe("How many new names at most are asked for in an hour."),
  }),
  { called: "`on_demand`", expects: 'a map such as `{ hosts: "*.customers.example" }`' },
);

export const acmeOnDemand = noted(
  converted(onDemandMap, ({ hosts = [], ask = null, names, per_hour }): Result<OnDemandModel, ValueFault> => {
    if (hosts.length > 0 || ask !== null) return ok({ hosts, ask, names, perHour: per_hour });
    const hint = "add `hosts`, `ask` or both: anybody can ask for any name, and each costs a certificate";
    return fault("tls.no_certificate", "nothing says for which names certificates may be had", hint);
  }),
  {},
);

function parseUrl(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hash === "") return ok(url.href);
  return fault("config.bad_value", "not a URL with `http://` or `https://`");
}
