/** `listeners` and `listen`: where the proxy accepts connections. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { Address } from "../model.ts";
import { LISTEN_FORM, listenPort, parseListenAddress } from "../values/listen-address.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { listenerTls } from "./tls.ts";
import { about, choice, converted, oneOrMore, parseName, textOf } from "./values.ts";

/** What a route's `listen` names: an address, or an entry of `listeners`. */
export type ListenReference =
  | { readonly kind: "address"; readonly address: Address }
  | { readonly kind: "name"; readonly name: string };

const portNumber = converted(z.int(), (port): Result<Address, ValueFault> => {
  const checked = listenPort(port);
  return checked.ok ? ok({ kind: "tcp", host: null, port: checked.value }) : checked;
});

const ADDRESS_FORMS = "a port, or an address such as `127.0.0.1:5000`";

const address = noted(z.union([portNumber, textOf(ADDRESS_FORMS, parseListenAddress)]), {
  expects: ADDRESS_FORMS,
});

const LISTEN_FORMS = "a port, an address such as `127.0.0.1:5000`, or the name of a listener";

const listenItem = noted(
  z.union([
    portNumber.transform((value): ListenReference => ({ kind: "address", address: value })),
    textOf(LISTEN_FORMS, parseListen),
  ]),
  { expects: LISTEN_FORMS },
);

export const listen = noted(oneOrMore(listenItem), { expects: `${LISTEN_FORMS}, or a list of these` });

export const listenerSchema = noted(
  z.strictObject({
    address: address.meta(
      about("Where connections are accepted.", 5000, "127.0.0.1:5000", "[::1]:5000", "unix:/run/web.sock"),
    ),
    proxy_protocol: choice(["off", "accept", "require"])
      .prefault("off")
      .describe(
        "Whether connections from `settings.trusted_proxies` begin with a PROXY protocol header: they may, or all must.",
      ),
    tls: listenerTls.optional().meta(
      about("Speak TLS here.", {
        certificates: [{ cert: "/etc/tls/shop.crt", key: "/etc/tls/shop.key" }],
      }),
    ),
  }),
  { called: "a listener" },
);

function parseListen(text: string): Result<ListenReference, ValueFault> {
  if (/^[0-9]+$/.test(text) || text.includes(":")) {
    const parsed = parseListenAddress(text);
    return parsed.ok ? ok({ kind: "address", address: parsed.value }) : parsed;
  }
  if (/^[0-9.]+$/.test(text)) return fault("value.address", `\`${text}\` has no port`, LISTEN_FORM);
  const name = parseName(text, "a listener");
  return name.ok
    ? ok({ kind: "name", name: name.value })
    : fault("value.address", name.error.message, LISTEN_FORM);
}
