/** `settings.acme.dns`: who puts records into DNS for an authority, and how it is known that they are there. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { AcmeDnsModel } from "../model.ts";
import { parseNameServer } from "../values/network.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, converted, duration, freeText, oneOrMore, textOf } from "./values.ts";

const dnsMap = noted(
  z.strictObject({
    exec: oneOrMore(freeText("a program or an argument"))
      .optional()
      .meta(
        about(
          "A program with its arguments, run without a shell; what to do is in its environment, see docs/tls.md.",
          ["/usr/local/bin/dns-record", "--zone", "shop.example"],
        ),
      ),
    env: noted(z.record(z.string(), z.string()).optional(), {
      secret: true,
      expects: "a map of variables",
    }).meta(
      about("Variables for the program, beside PATH, HOME and the like. Their values are never shown.", {
        API_TOKEN: `\${file:/run/secrets/dns}`,
      }),
    ),
    webhook: noted(textOf("a URL", parseUrl), { secretsIn: secretsInUrl })
      .optional()
      .meta(
        about(
          "In place of a program: `/present` and `/cleanup` below this URL get `fqdn` and `value` as JSON.",
          "https://dns.internal/acme",
        ),
      ),
    token: noted(freeText("a token").optional(), { secret: true }).meta(
      about(
        "What the webhook is sent as `Authorization: Bearer …`; never shown.",
        `\${file:/run/secrets/webhook}`,
      ),
    ),
    timeout: duration(100)
      .prefault("1m")
      .describe("For one run of the program, or one answer of the webhook."),
    servers: z
      .array(textOf("the address of a name server, such as `10.0.0.53:53`", parseNameServer))
      .min(1)
      .optional()
      .meta(
        about(
          "Name servers that must all show a record before the authority is asked to look; those of the zone unless set.",
          ["10.0.0.53:53"],
        ),
      ),
    within: duration(100).prefault("5m").describe("How long they may take to show it."),
    wait: duration(0)
      .optional()
      .meta(about("In place of asking name servers: how long the record takes to be everywhere.", "30s")),
  }),
  { called: "`dns`", expects: "a map such as `{ exec: /usr/local/bin/dns-record }`" },
);

export const acmeDns = noted(converted(dnsMap, modelOf), {});

type DnsMap = z.output<typeof dnsMap>;

function modelOf(map: DnsMap): Result<Omit<AcmeDnsModel, "resolvers">, ValueFault> {
  const wrong = wrongPair(map);
  if (wrong !== null) return wrong;
  const { exec, env = {}, webhook, token = null, timeout, servers = [], within, wait } = map;
  if (!Object.keys(env).every((name) => VARIABLE.test(name))) {
    return fault(
      "config.bad_value",
      "a name in `env` is none that a program can read",
      "use letters, digits and `_`",
    );
  }
  return ok({
    hook:
      webhook === undefined
        ? { kind: "exec", command: exec!, environment: Object.entries(env) }
        : { kind: "webhook", url: webhook, token },
    timeoutMs: timeout,
    seen: wait === undefined ? { kind: "servers", servers, withinMs: within } : { kind: "wait", ms: wait },
  });
}

/** What does not go together, or not alone. */
function wrongPair({ exec, env, webhook, token, servers, wait }: DnsMap) {
  if (exec === undefined && webhook === undefined) {
    return fault(
      "tls.no_certificate",
      "`dns` says nobody who puts records in place",
      "add `exec` or `webhook`",
    );
  }
  for (const [one, other] of [
    [exec !== undefined && webhook !== undefined, ["exec", "webhook"]],
    [env !== undefined && exec === undefined, ["webhook", "env"]],
    [token !== undefined && webhook === undefined, ["exec", "token"]],
    [wait !== undefined && servers !== undefined, ["servers", "wait"]],
  ] as const) {
    if (!one) continue;
    const [first, second] = other;
    // At the whole map: a message that points at a secret says nothing else.
    return fault("config.conflict", `\`${second}\` does not go with \`${first}\``, "leave one of them out");
  }
  return null;
}

function parseUrl(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return fault("config.bad_value", "not a URL with `http://` or `https://`");
  }
  if (url.search === "" && url.hash === "") return ok(text.replace(/\/+$/, ""));
  return fault(
    "config.bad_value",
    "a webhook's URL has neither query nor fragment: `/present` comes behind it",
  );
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
