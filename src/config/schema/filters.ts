/** `filters` of an http route: what is done with requests and answers on their way, in order. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { GrpcWebModel } from "../model.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, converted, oneOrMore, onOff, textOf } from "./values.ts";

const ORIGIN_EXAMPLE = "https://app.example";
const ORIGIN = `an origin such as \`${ORIGIN_EXAMPLE}\`, or \`*\``;

const grpcWebMap = noted(
  z.strictObject({
    origins: oneOrMore(textOf(ORIGIN, parseOrigin))
      .optional()
      .meta(
        about(
          "Whose pages may call: preflights from there are answered here, and answers say so. Without it nothing is said of origins but what the target says.",
          [ORIGIN_EXAMPLE],
          "*",
        ),
      ),
    credentials: onOff()
      .prefault("off")
      .describe("Whether such calls may come with cookies and the like; not with `*`."),
  }),
  { called: "`grpc_web`" },
);

const grpcWeb = noted(converted(grpcWebMap, grpcWebOfMap), { expects: 'a map such as `{ origins: "*" }`' });

const filter = noted(
  z.union([
    z.literal("grpc_web").transform((): GrpcWebModel => ({ origins: [], credentials: false })),
    noted(
      z
        .strictObject({
          grpc_web: grpcWeb.meta(
            about("Calls of gRPC-Web become calls of gRPC, for targets that speak that.", {
              origins: [ORIGIN_EXAMPLE],
            }),
          ),
        })
        .transform(({ grpc_web }): GrpcWebModel => grpc_web),
      { called: "a filter" },
    ),
  ]),
  { expects: "a filter: `grpc_web` or `{ grpc_web: { origins: [https://app.example] } }`" },
);

export const filters = noted(converted(z.array(filter), single), {
  expects: "a list of filters such as `[grpc_web]`",
});

function single(list: readonly GrpcWebModel[]): Result<GrpcWebModel | null, ValueFault> {
  if (list.length > 1) return fault("config.conflict", "`grpc_web` stands in the list already", null, ["1"]);
  return ok(list[0] ?? null);
}

function parseOrigin(text: string): Result<string, ValueFault> {
  if (text === "*") return ok(text);
  const suggestion = `scheme and host, and a port that is not the scheme's own: \`${ORIGIN_EXAMPLE}\``;
  if (!FORM.test(text))
    return fault("config.bad_value", `${quoted(text)} is no origin that a browser sends`, suggestion);
  return ok(text);
}

function grpcWebOfMap({
  origins,
  credentials,
}: z.output<typeof grpcWebMap>): Result<GrpcWebModel, ValueFault> {
  const list = origins ?? [];
  if (list.includes("*") && list.length > 1)
    return fault("config.conflict", "`*` is everybody already", null, ["origins"]);
  if (credentials && (list.length === 0 || list.includes("*"))) {
    const hint = "name the origins";
    return fault("config.conflict", "browsers send credentials only to who names their origin", hint, [
      "credentials",
    ]);
  }
  return ok({ origins: list, credentials });
}

/** As browsers write it: lower case, no path, no default port. */
const FORM =
  /^(?:https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?|[a-z][a-z0-9+.-]*-extension:\/\/[\w.-]+)$/;
