/** `settings`: what holds for the whole process. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { parseFieldName } from "../values/header-field.ts";
import { parseHost } from "../values/host-name.ts";
import { parseNameServer, parseNetwork } from "../values/network.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { accessLog } from "./access-log.ts";
import { acme } from "./acme.ts";
import { internalCa } from "./internal-ca.ts";
import { noted } from "./notes.ts";
import { settingsRetry } from "./retry.ts";
import { settingsLimits, settingsTimeouts } from "./timing.ts";
import { tracing } from "./tracing.ts";
import { about, count, duration, freeText, oneOrMore, onOff, textOf } from "./values.ts";

const TOKEN_LENGTH = 16;
const TOKEN = `a token of at least ${TOKEN_LENGTH} characters, or \`off\``;

const pool = noted(
  z.strictObject({
    idle: count(0, 1_000_000)
      .prefault(256)
      .describe("Idle connections kept per target by each worker; 0 keeps none."),
    idle_timeout: duration().prefault("30s").describe("How long an idle connection is kept."),
    max_age: duration().prefault("10m").describe("A connection older than this is not used again."),
  }),
  { called: "`settings.pool`" },
);

const dns = noted(
  z.strictObject({
    servers: z
      .array(textOf("the address of a name server, such as `1.1.1.1:53`", parseNameServer))
      .prefault([])
      .meta(about("Name servers; empty means the system's resolver.", ["1.1.1.1:53"])),
    refresh: duration().prefault("30s").describe("How long an answer without a TTL is believed."),
  }),
  { called: "`settings.dns`" },
);

const admin = noted(
  z.strictObject({
    token: noted(textOf(TOKEN, parseToken), { expects: TOKEN, secret: true })
      .prefault("off")
      .meta(
        about(
          "What callers of the admin address must send as `Authorization: Bearer …`: 16 or more letters, digits and `-._~+/=`. `off`: nothing, and then the address must be a loopback address.",
          `\${file:/run/secrets/admin-token}`,
        ),
      ),
    hosts: z
      .array(textOf("a host name", parseHost))
      .prefault([])
      .meta(
        about(
          "Names under which the admin address may be asked for, beside IP addresses, `localhost` and the one in `--admin`.",
          ["proxy.internal"],
        ),
      ),
    tls: noted(
      z.strictObject({
        cert: freeText("a path").describe("The certificate and those between it and its root, PEM."),
        key: freeText("a path").describe("Its private key, PEM."),
        client_ca: oneOrMore(freeText("a path"))
          .optional()
          .meta(
            about(
              "Who must have signed the certificate that callers show: PEM files. With it the address need not be a loopback address; where a `token` is set, it is wanted too.",
              "/etc/tls/operators-ca.crt",
            ),
          ),
      }),
      { called: "`settings.admin.tls`" },
    )
      .optional()
      .describe("HTTPS in place of HTTP at the admin address. The files are read again with each reload."),
  }),
  { called: "`settings.admin`" },
);

const redact = noted(
  z.strictObject({
    headers: z
      .array(textOf("the name of a header field", parseFieldName))
      .prefault([])
      .meta(
        about("Header fields whose values are `***`, besides Authorization, Cookie and the like.", [
          "x-api-key",
        ]),
      ),
    query: z
      .array(freeText("the name of a parameter"))
      .prefault([])
      .meta(about("Parameters whose values are `***`, besides `token`, `password` and the like.", ["otp"])),
  }),
  { called: "`settings.redact`" },
);

const workers = noted(
  z.strictObject({
    hang: duration(1_000)
      .prefault("10s")
      .describe("A worker process whose event loop stands still for so long is killed and replaced."),
  }),
  { called: "`settings.workers`" },
);

export const settingsSchema = noted(
  z.strictObject({
    trusted_proxies: z
      .array(textOf("an address or network, such as `10.0.0.0/8`", parseNetwork))
      .prefault([])
      .meta(about("Whose X-Forwarded-* and X-Request-Id are believed.", ["10.0.0.0/8", "::1"])),
    secrets: z
      .array(freeText("the name of an environment variable"))
      .prefault([])
      .meta(
        about("Environment variables that are never shown, besides those whose names say so.", ["LICENCE"]),
      ),
    not_found_message: freeText("text")
      .prefault("not found")
      .describe('The text in `{"detail": …}` when no route matches.'),
    access_log: accessLog
      .prefault("off")
      .meta(
        about(
          "A line per request: `off`, `stdout`, a path, `syslog`, a map, or a list of these.",
          "/var/log/portward/access.log",
          [{ to: "stdout", format: "combined", status: ["5xx"] }],
        ),
      ),
    tracing: tracing.prefault("off").meta(
      about("OpenTelemetry spans for exchanges and attempts.", {
        endpoint: "http://127.0.0.1:4318",
        sample: 0.1,
      }),
    ),
    redact: redact.prefault({}).describe("What no log shows, besides what is always hidden."),
    via: onOff()
      .prefault("on")
      .describe(
        "Add `Via` to requests, as RFC 9110 section 7.6.3 asks. nginx as an upstream compresses no answer to a request with `Via` unless it has `gzip_proxied any`.",
      ),
    forwarded: onOff().prefault("off").describe("Add `Forwarded` (RFC 7239) beside X-Forwarded-*."),
    limits: settingsLimits.prefault({}).describe("How much one client or one target may take."),
    timeouts: settingsTimeouts.prefault({}).describe("How long anything may wait."),
    retry: settingsRetry
      .prefault("off")
      .describe("When requests are sent again beyond what is always safe; routes may say otherwise."),
    pool: pool.prefault({}).describe("Connections to targets that are kept for the next request."),
    dns: dns.prefault({}).describe("How names of targets are resolved."),
    drain: duration(0).prefault("30s").describe("How long SIGTERM waits for requests in flight."),
    drain_lead: duration(0)
      .prefault("0s")
      .describe(
        "How long before that `/readyz` already fails while everything is still served, so that load balancers turn away first.",
      ),
    acme: acme.optional().describe("Who issues certificates for listeners with `tls.acme`."),
    internal_ca: internalCa
      .prefault({})
      .describe("The authority of this machine, for listeners with `tls: internal`."),
    admin: admin.prefault({}).describe("Who may use the admin address."),
    deadline_header: textOf("the name of a header, or `off`", parseDeadlineHeader)
      .prefault("off")
      .meta(
        about(
          "The field in which clients say how many milliseconds they wait: the exchange is over by then, and targets are told what is left. `grpc-timeout` needs no setting.",
          "X-Request-Timeout",
        ),
      ),
    explain_token: noted(textOf(TOKEN, parseToken), { expects: TOKEN, secret: true })
      .prefault("off")
      .meta(
        about(
          "Who sends it in `X-Portward-Explain` is told in a field of that name what became of the request; it is never passed on. `off`: nobody is told.",
          `\${file:/run/secrets/explain-token}`,
        ),
      ),
    recent_requests: count(0, 10_000)
      .prefault(1000)
      .describe(
        "How many answered requests each worker keeps for the admin address and `plan --live`: method, host, path, names of header fields; 0 keeps none.",
      ),
    workers: workers.prefault({}).describe("The processes that serve; how many is said by `--workers`."),
  }),
  { called: "`settings`" },
);

/** RFC 6750 section 2.1. Whatever is guessed must take longer than anybody lives. */
function parseDeadlineHeader(text: string): Result<string | null, ValueFault> {
  if (text === "off") return ok(null);
  const name = parseFieldName(text);
  if (!name.ok || !TAKEN_FIELDS.has(name.value)) return name;
  return fault("value.field", `${quoted(text)} means something else already`, "such as `X-Request-Timeout`");
}

function parseToken(text: string): Result<string | null, ValueFault> {
  if (text === "off") return ok(null);
  const token = text.trim();
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    return fault("config.bad_value", "the token has a character that no Bearer token may have");
  }
  if (token.length >= TOKEN_LENGTH) return ok(token);
  const hint = "make one with `openssl rand -hex 32`";
  return fault("config.bad_value", `the token is shorter than ${TOKEN_LENGTH} characters`, hint);
}
/** None of these ever holds the milliseconds of a deadline. */
const TAKEN_FIELDS = new Set([
  "connection",
  "content-length",
  "expect",
  "grpc-timeout",
  "host",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);
