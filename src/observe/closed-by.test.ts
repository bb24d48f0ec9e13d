import { expect, test } from "bun:test";
import { ERRORS, type ErrorCode } from "../base/proxy-error.ts";
import { closedBy } from "./closed-by.ts";

test("of every failure it is known who ended a connection", () => {
  const sides = Object.groupBy(Object.keys(ERRORS) as ErrorCode[], (code) => closedBy(code) ?? "nobody");
  expect(sides.downstream).toEqual(["request.aborted", "tls.client_certificate", "tls.handshake"]);
  expect(sides.upstream).toEqual([
    "upstream.closed_idle",
    "upstream.reset_before_head",
    "upstream.closed_before_head",
    "upstream.reset_after_head",
    "upstream.closed_after_head",
  ]);
  // Those that may be repeated safely are those where nobody was connected to.
  const safe = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].retry === "safe");
  expect(sides.nobody?.toSorted()).toEqual([...UNTRIED, ...safe].toSorted());
});

const UNTRIED: readonly ErrorCode[] = [
  "route.not_found",
  "upstream.no_target",
  "upstream.circuit_open",
  "limit.upstream_requests",
  "limit.queue_timeout",
];
