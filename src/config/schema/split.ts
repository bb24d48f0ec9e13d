/** `split` and `mirror` of an http route: other upstreams that get a share of its requests, or a copy of them. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { SplitModel } from "../model.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { keySource, parseToken } from "./balance.ts";
import { noted } from "./notes.ts";
import { about, choice, converted, name, oneOrMore, parseName, share, sizeOrOff, textOf } from "./values.ts";

const splitMap = noted(
  z.strictObject({
    to: noted(converted(z.record(z.string(), share(0, 100)), partsOfRecord), {
      expects: "a map of upstreams and shares such as `{ canary: 1% }`",
    }).meta(
      about("Names from `upstreams`, each with its share; the rest goes where the route says.", {
        canary: "1%",
      }),
    ),
    by: choice(["source", "header", "cookie", "query", "path"])
      .optional()
      .describe(
        "What requests that go the same way have in common. Without it, and for requests that have none, it is drawn.",
      ),
    name: textOf("a name", parseToken)
      .optional()
      .meta(about("Of the header, cookie or query parameter.", "session")),
  }),
  { called: "`split`" },
);

export const split = noted(converted(splitMap, splitOfMap), {
  expects: "a map such as `{ to: { canary: 1% } }`",
});

export const mirror = oneOrMore(
  noted(
    z.strictObject({
      upstream: name("an upstream").meta(about("A name from `upstreams`.", "shadow")),
      share: share(0, 100).prefault("100%").describe("Of the requests that are copied."),
      body: sizeOrOff(0)
        .prefault("64KiB")
        .describe("Requests with a longer body are not copied; with `off`, none that has one."),
    }),
    { called: "`mirror`", expects: "a map such as `{ upstream: shadow }`" },
  ),
);

function partsOfRecord(record: Record<string, number>): Result<SplitModel["parts"], ValueFault> {
  const parts: { upstream: string; share: number }[] = [];
  let sum = 0;
  for (const [key, part] of Object.entries(record)) {
    const upstream = parseName(key, "an upstream");
    if (!upstream.ok)
      return fault(upstream.error.code, upstream.error.message, upstream.error.suggestion, [key]);
    sum += part;
    parts.push({ upstream: upstream.value, share: part });
  }
  if (parts.length === 0) return fault("config.bad_value", "the split has no upstream");
  if (sum > 1 + 1e-9) return fault("config.bad_value", "the shares come to more than `100%`");
  return ok(parts);
}

function splitOfMap(map: z.output<typeof splitMap>): Result<SplitModel, ValueFault> {
  if (map.by === undefined) {
    if (map.name === undefined) return ok({ parts: map.to, by: null });
    return fault("config.conflict", "`name` means nothing without `by`", null, ["name"]);
  }
  const by = keySource(map.by, map.name);
  return by.ok ? ok({ parts: map.to, by: by.value }) : by;
}
