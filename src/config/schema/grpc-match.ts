/** `grpc` of a route: calls by their service and method (the path and the media type that gRPC gives them). */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { textOf } from "./values.ts";

export interface GrpcMatch {
  readonly service: string;
  readonly method: string | null;
}

const SERVICE = "a service with its package, such as `helloworld.Greeter`";
const METHOD = "a method, such as `SayHello`";

export const grpcMatch = noted(
  z
    .strictObject({
      service: textOf(SERVICE, (text) => named(text, /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, SERVICE)).describe(
        "With its package.",
      ),
      method: textOf(METHOD, (text) => named(text, /^[A-Za-z_]\w*$/, METHOD))
        .optional()
        .describe("All methods, unless set."),
    })
    .transform(({ service, method }): GrpcMatch => ({ service, method: method ?? null })),
  { called: "a grpc match", expects: "`{ service: helloworld.Greeter }`" },
);

function named(text: string, form: RegExp, what: string): Result<string, ValueFault> {
  return form.test(text) ? ok(text) : fault("config.bad_value", `expected ${what}, found \`${text}\``);
}
