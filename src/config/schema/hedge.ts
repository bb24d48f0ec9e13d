/** `hedge` of an http route: a second attempt beside one that is slow. */
import { z } from "zod";
import { ok } from "../../base/result.ts";
import { parseDuration } from "../values/duration.ts";
import { noted } from "./notes.ts";
import { about, share, textOf } from "./values.ts";

const AFTER = "`p95`, or a duration such as `200ms`";

export const hedge = noted(
  z.strictObject({
    after: textOf(AFTER, (text) => (text === "p95" ? ok(null) : parseDuration(text)))
      .prefault("p95")
      .meta(
        about(
          "After so long without an answer; `p95`: after the time within which 95 % of the upstream's answers begin, which must be known from some of them first.",
          "p95",
          "200ms",
        ),
      ),
    budget: share(0, 100)
      .prefault("5%")
      .meta(about("Second attempts for each request to the upstream, on average over all of them.", "5%")),
  }),
  { called: "`hedge`", expects: "a map such as `{ after: 200ms }`" },
);
