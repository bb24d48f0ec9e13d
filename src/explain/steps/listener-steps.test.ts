import { expect, test } from "bun:test";
import { parseConfiguration } from "../../config/load.ts";
import type { TlsModel } from "../../config/model.ts";
import { parseRequestUrl } from "../../config/values/request-url.ts";
import { Explainer } from "../explainer.ts";

const ORIGIN = { file: "a.yaml", line: 1, column: 1 };
const TLS: TlsModel = {
  certificates: [
    {
      cert: "c.pem",
      key: "k.pem",
      passphrase: null,
      source: "files",
      obtainedFor: null,
      names: [],
      origin: ORIGIN,
    },
  ],
  internal: false,
  onDemand: null,
  unknownName: "default",
  profile: "intermediate",
  clientAuth: null,
  handshakesPerSource: Number.POSITIVE_INFINITY,
  hsts: null,
  origin: ORIGIN,
};

function listenerStep(text: string, tls: TlsModel | null) {
  const loaded = parseConfiguration("a.yaml", "routes: [{ listen: 8443, path: /, respond: {} }]\n");
  const url = parseRequestUrl(text);
  if (!loaded.ok || !url.ok) throw new Error("the example is wrong");
  const { configuration } = loaded.value;
  const listeners = configuration.listeners.map((listener) => ({ ...listener, tls }));
  const explainer = new Explainer({ ...loaded.value, configuration: { ...configuration, listeners } });
  return explainer.explain({ method: "GET", url: url.value, headers: [], from: null }).steps[0]!;
}

test.each([
  ["https://Shop.Example:8443/", TLS, "TLS ends here; the client asks for shop.example", "shop.example"],
  ["https://[::1]:8443/", TLS, "TLS ends here; the client asks for no name", null],
  ["https://127.0.0.1:8443/", TLS, "TLS ends here; the client asks for no name", null],
  [
    "https://a.example:8443/",
    { ...TLS, internal: true },
    "by certificates of this machine's own authority",
    "a.example",
  ],
  ["http://shop.example:8443/", TLS, "it speaks TLS: use `https://`", null],
  ["https://shop.example:8443/", null, "it does not speak TLS", "shop.example"],
])("%s says which name the client asks for in its ClientHello", (url, tls, remark, name) => {
  const step = listenerStep(url, tls);
  expect(step.remark).toContain(remark);
  expect(step.facts).toMatchObject({ tls: tls !== null, tls_name: name });
});
