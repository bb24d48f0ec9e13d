/**
 * Mozilla's recommendations (Server Side TLS, guidelines version 5.7), by their names. Ciphers of TLS 1.3 are all
 * sound, and the library does not let them be chosen.
 */
import type { TlsModel } from "../config/model.ts";
import type { TlsContextOptions } from "../io/tls-context.ts";

export const PROFILES: Readonly<
  Record<TlsModel["profile"], Pick<TlsContextOptions, "minVersion" | "ciphers">>
> = {
  modern: { minVersion: "TLSv1.3", ciphers: "" },
  intermediate: {
    minVersion: "TLSv1.2",
    ciphers: [
      "ECDHE-ECDSA-AES128-GCM-SHA256",
      "ECDHE-RSA-AES128-GCM-SHA256",
      "ECDHE-ECDSA-AES256-GCM-SHA384",
      "ECDHE-RSA-AES256-GCM-SHA384",
      "ECDHE-ECDSA-CHACHA20-POLY1305",
      "ECDHE-RSA-CHACHA20-POLY1305",
    ].join(":"),
  },
};
