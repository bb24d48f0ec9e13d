/** `tls` of a listener, and of a document for all its listeners: certificates, who is let in, what follows for HTTP. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { canonicalName } from "../values/host-name.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { OTHER_TLS_KEYS } from "./other-words.ts";
import { about, choice, count, duration, freeText, oneOrMore, onOff, textOf } from "./values.ts";

const path = () => freeText("a path");

/** 32 bytes. */
const PIN = /^[A-Za-z0-9+/]{43}=$/;

const certificate = noted(
  z.strictObject({
    cert: path().describe("The certificate and those between it and its root, PEM, in any order."),
    key: path().describe("Its private key, PEM."),
    passphrase: noted(freeText("text"), { secret: true })
      .optional()
      .meta(about("Of an encrypted key; best as a reference.", `\${file:/run/secrets/key}`)),
  }),
  { called: "a certificate" },
);

const httpsOnly = noted(
  z.union([
    onOff(),
    noted(
      z.strictObject({
        redirect_from: count(1, 65_535)
          .prefault(80)
          .describe("The port of the same address that answers with redirects to this listener."),
        max_age: duration(0).prefault("8760h").describe("How long browsers are to use HTTPS only."),
        subdomains: onOff().prefault(false).describe("Whether that holds for all names below, too."),
        preload: onOff()
          .prefault(false)
          .describe("Consent to being built into browsers, which is hard to undo."),
      }),
      { called: "`https_only`" },
    ),
  ]),
  { expects: "`on`, `off`, or a map" },
);

export const tlsKeys = {
  certificates: z
    .array(certificate)
    .min(1)
    .optional()
    .meta(
      about(
        "Each client gets the one for the name it asks for; the first is the default. A name may have an ECDSA and an RSA one.",
        [{ cert: "/etc/tls/shop.crt", key: "/etc/tls/shop.key" }],
      ),
    ),
  acme: z
    .array(textOf("a host name", parseIssuedName))
    .min(1)
    .optional()
    .meta(
      about(
        "Names whose certificates are obtained from the authority in `settings.acme`, and renewed, one for each name. They come after `certificates`.",
        ["shop.example", "*.shop.example"],
      ),
    ),
  on_demand: onOff()
    .prefault(false)
    .describe(
      "Names that `settings.acme.on_demand` allows get a certificate once a client has asked for them.",
    ),
  internal: onOff()
    .prefault(false)
    .describe(
      "For development: an authority on this machine certifies the hosts of the listener's routes, `localhost` and its addresses. `portward cert trust` says how to trust it. They come last.",
    ),
  unknown_name: choice(["default", "refuse"])
    .prefault("default")
    .describe(
      "What a client gets that asks for another name, or for none: the first certificate, or an alert.",
    ),
  profile: choice(["intermediate", "modern"])
    .prefault("intermediate")
    .describe("Mozilla's: TLS 1.2 and 1.3 with sound ciphers, or TLS 1.3 alone."),
  client_auth: choice(["off", "request", "require"])
    .prefault("off")
    .describe("Whether clients may or must show a certificate."),
  client_ca: oneOrMore(path())
    .optional()
    .meta(about("Who must have signed it: PEM files.", "/etc/tls/clients-ca.crt")),
  client_crl: oneOrMore(path())
    .optional()
    .describe("Which of these are revoked: PEM files, one for each CA of the chain."),
  handshakes: noted(
    z
      .union([count(1), z.literal("off")])
      .transform((value) => (value === "off" ? Number.POSITIVE_INFINITY : value)),
    { expects: "a whole number, or `off`" },
  )
    .prefault("off")
    .describe(
      "Handshakes a second that one address may begin, at all workers together; twice as many at once. Beyond: closed.",
    ),
  https_only: httpsOnly
    .prefault(false)
    .describe("Tells browsers to use HTTPS only (HSTS), and redirects what comes in at port 80."),
};

export const upstreamTls = noted(
  z.strictObject({
    ca: oneOrMore(path())
      .optional()
      .meta(
        about(
          "Who must have signed a target's certificate: PEM files. The CAs that browsers trust, unless set.",
          "ca.crt",
        ),
      ),
    server_name: freeText("a host name")
      .optional()
      .meta(
        about(
          "Whom the certificate must name, and who is asked for; the target's host unless set.",
          "api.internal",
        ),
      ),
    certificate: certificate.optional().describe("What is shown to targets that ask for a certificate."),
    pins: z
      .array(textOf("the SHA-256 of a public key in base64", parsePin))
      .optional()
      .describe("SHA-256 of public keys (SPKI) in base64, one of which the certificate must have."),
    insecure_skip_verify: onOff()
      .prefault(false)
      .describe("Take whatever certificate is shown: anybody on the way may pass for the target."),
  }),
  { called: "`tls` of an upstream" },
);

const NOTE = {
  called: "`tls`",
  expects: "a map such as `{ certificates: [{ cert: shop.crt, key: shop.key }] }`, or `internal`",
  meant: OTHER_TLS_KEYS,
};

const listenerTlsMap = noted(z.strictObject(tlsKeys), NOTE);

export const listenerTls = orInternal(listenerTlsMap);

export const documentTls = orInternal(
  noted(
    z.strictObject({
      enabled: onOff().prefault(true).describe("`off`: as if `tls` were not there."),
      ...tlsKeys,
    }),
    NOTE,
  ),
);

/** `tls: internal` says all that most people who develop want to say. */
function orInternal<S extends z.ZodObject>(map: S) {
  const word = z.literal("internal").transform(() => map.parse({ internal: true }));
  return noted(z.union([word, map]), NOTE);
}

/** A host, or `*.` and a domain: whether somebody can show the latter to be ours is looked at later. */
function parseIssuedName(text: string): Result<string, ValueFault> {
  const isWildcard = text.startsWith("*.");
  const name = canonicalName(isWildcard ? text.slice(2) : text);
  if (name?.includes(".")) return ok(isWildcard ? `*.${name}` : name);
  return fault("config.bad_value", `no authority certifies ${quoted(text)}`);
}

function parsePin(text: string): Result<string, ValueFault> {
  if (PIN.test(text)) return ok(text);
  const hint =
    "`openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` says it";
  return fault("config.bad_value", `${quoted(text)} is not the SHA-256 of a public key in base64`, hint);
}

export type UpstreamTlsInput = z.output<typeof upstreamTls>;
export type TlsInput = z.output<typeof listenerTlsMap>;
