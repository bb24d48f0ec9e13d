/** `settings.internal_ca`: the authority of this machine, where listeners say `tls: internal`. */
import { z } from "zod";
import { noted } from "./notes.ts";
import { about, duration, freeText } from "./values.ts";

export const internalCa = noted(
  z.strictObject({
    storage: freeText("a path")
      .optional()
      .meta(
        about(
          "A directory for its root, the root's key and what it issues. Unless set, `local-ca` in $STATE_DIRECTORY, else in `portward` below $XDG_STATE_HOME or ~/.local/state.",
          "/var/lib/portward/local-ca",
        ),
      ),
    lifetime: duration(60_000)
      .prefault("168h")
      .describe("Of its certificates, which are renewed at two thirds of it."),
  }),
  { called: "`settings.internal_ca`" },
);

export type InternalCaInput = z.output<typeof internalCa>;
