/** `settings.acme`: who issues the certificates that `tls.acme` of listeners asks for, and where they are kept. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { acmeDns } from "./acme-dns.ts";
import { acmeOnDemand } from "./acme-on-demand.ts";
import { noted } from "./notes.ts";
import { sharedStorage } from "./shared-storage.ts";
import { about, choice, converted, freeText, textOf } from "./values.ts";

const externalAccount = noted(
  z.strictObject({
    key_id: freeText("an id").describe("How the authority calls the key."),
    key: noted(textOf("a key in base64url", parseMacKey), { secret: true }).describe(
      "The key that it gave you, in base64url; never shown.",
    ),
  }),
  { called: "`external_account`" },
);

const acmeMap = noted(
  z.strictObject({
    storage: noted(z.union([freeText("a path"), sharedStorage]), {
      expects: "a path, or a map with `redis` or `etcd`",
    }).meta(
      about(
        "For the account's key, certificates and their keys: a directory, or what many machines have in common. Instances that share it share the certificates, and one at a time asks for them.",
        "/var/lib/portward/acme",
        { etcd: "http://127.0.0.1:2379" },
      ),
    ),
    email: textOf("an address such as `ops@shop.example`", parseEmail)
      .optional()
      .meta(about("Where the authority writes to when something is wrong.", "ops@shop.example")),
    directory: noted(textOf("an https address", parseDirectory), { secretsIn: secretsInUrl })
      .prefault("https://acme-v02.api.letsencrypt.org/directory")
      .meta(
        about(
          "The authority: its ACME directory (RFC 8555). Let's Encrypt unless set. Naming `settings.acme` accepts its terms.",
          "https://acme-staging-v02.api.letsencrypt.org/directory",
        ),
      ),
    external_account: externalAccount.optional().meta(
      about("An account that exists at the authority by other means, where it asks for one.", {
        key_id: "kid-1",
        key: `\${file:/run/secrets/eab}`,
      }),
    ),
    challenge: choice(["http-01", "tls-alpn-01", "dns-01"])
      .prefault("http-01")
      .describe(
        "How the authority sees that a name is ours: it asks over HTTP at port 80, by a TLS handshake at port 443, or for a record in DNS. For wildcards it is always DNS.",
      ),
    dns: acmeDns.optional().meta(about("Who puts records into DNS.", { exec: "/usr/local/bin/dns-record" })),
    on_demand: acmeOnDemand.optional().meta(
      about(
        "Names whose certificates are obtained once somebody asks for them, for listeners with `tls.on_demand`.",
        {
          hosts: ["*.customers.example"],
        },
      ),
    ),
    ca: freeText("a path")
      .optional()
      .describe("Who must have signed the certificate of the authority's own server: a PEM file."),
  }),
  { called: "`settings.acme`" },
);

export const acme = noted(
  converted(acmeMap, (map): Result<z.output<typeof acmeMap>, ValueFault> => {
    if (map.challenge !== "dns-01" || map.dns !== undefined) return ok(map);
    return fault("tls.no_certificate", "nobody puts records into DNS", "add `dns` with `exec` or `webhook`", [
      "challenge",
    ]);
  }),
  {},
);

function parseDirectory(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  // RFC 8555 section 6.1.
  if (url?.protocol === "https:" && url.username === "" && url.password === "") return ok(url.href);
  return fault("config.bad_value", `${quoted(text)} is not the https address of a directory`);
}

/** No more than that somebody can be written to: an authority refuses the account of whom it cannot. */
function parseEmail(text: string): Result<string, ValueFault> {
  if (/^[^\s@<>,]+@[^\s@<>,]+$/.test(text)) return ok(text);
  return fault("config.bad_value", `${quoted(text)} is not the address of a mailbox`);
}

/** RFC 8555 section 7.3.4; some hand it out with the padding of plain base64. */
function parseMacKey(text: string): Result<string, ValueFault> {
  const key = text.trim().replace(/=+$/, "");
  if (/^[A-Za-z0-9_+/-]{22,}$/.test(key)) return ok(key);
  return fault("config.bad_value", "not a key in base64url of at least 16 bytes");
}

export type AcmeInput = z.output<typeof acme>;
