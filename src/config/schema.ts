/**
 * The configuration as users write it, described once: the loader checks documents with it, `portward schema`
 * prints it as JSON Schema, and its descriptions and defaults are what the reference documents. The parts live
 * in `schema/`; what goes beyond one document (names, listeners that meet, routes that collide) in `build/`.
 */
import { z } from "zod";
import { testSchema } from "./schema/expectation.ts";
import { listenerSchema } from "./schema/listener.ts";
import { noted } from "./schema/notes.ts";
import { httpRouteSchema, tcpRouteSchema, tlsRouteSchema } from "./schema/route.ts";
import { settingsSchema } from "./schema/settings.ts";
import { documentTls } from "./schema/tls.ts";
import { upstreamSchema } from "./schema/upstream.ts";
import { about, freeText, oneOrMore } from "./schema/values.ts";

const routes = z.array(z.union([httpRouteSchema, tcpRouteSchema, tlsRouteSchema]));

export const documentInclude = oneOrMore(freeText("a file, a directory or a pattern"));

/** One document. Every key is optional, because documents are merged. */
export const documentSchema = noted(
  z.strictObject({
    name: freeText("text")
      .max(100)
      .optional()
      .meta(about("Names this document in logs, metrics and errors; the file's name unless set.", "shop")),
    include: documentInclude
      .optional()
      .meta(
        about(
          "Files, directories and patterns that are read as well, relative to this file.",
          "routes/*.yaml",
          ["upstreams.yaml", "routes"],
        ),
      ),
    settings: settingsSchema.optional().describe("What holds for the whole process."),
    listeners: z
      .record(z.string(), listenerSchema)
      .optional()
      .meta(about("Addresses with a name.", { web: { address: "127.0.0.1:5000" } })),
    upstreams: z
      .record(z.string(), upstreamSchema)
      .optional()
      .meta(
        about("Groups of targets with a name.", { api: { targets: ["10.0.0.1:3000", "10.0.0.2:3000"] } }),
      ),
    routes: routes.optional().describe("Which requests go where."),
    spec: routes.optional().describe("The same as `routes`, under the original format's name."),
    tls: documentTls
      .optional()
      .describe("TLS on all listeners of this document: those it defines, and those its routes name."),
    tests: z
      .array(testSchema)
      .optional()
      .describe("What requests must meet: asked before anything is served."),
  }),
  { called: "a document" },
);

export {
  documentTls,
  httpRouteSchema,
  listenerSchema,
  settingsSchema,
  tcpRouteSchema,
  testSchema,
  tlsRouteSchema,
  upstreamSchema,
};
