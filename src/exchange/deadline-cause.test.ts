import { expect, test } from "bun:test";
import { ERRORS } from "../base/proxy-error.ts";
import { deadlineCause, type Standing } from "./deadline-cause.ts";

const FIELDS = ["halfClosed", "requestDone", "requestBlocked", "answerBegun", "answerBlocked"] as const;

/** All 32 places where an exchange may stand. */
const STANDINGS: readonly Standing[] = Array.from(
  { length: 2 ** FIELDS.length },
  (_, bits) =>
    Object.fromEntries(FIELDS.map((field, i) => [field, ((bits >> i) & 1) === 1])) as unknown as Standing,
);

test("who does not take its answer is at fault, whatever else is to come", () => {
  for (const standing of STANDINGS.filter(({ answerBlocked }) => answerBlocked))
    expect(deadlineCause(standing)).toBe("answer.idle");
});

test("who has sent its FIN has left", () => {
  for (const standing of STANDINGS.filter(({ answerBlocked, halfClosed }) => !answerBlocked && halfClosed))
    expect(deadlineCause(standing)).toBe("request.aborted");
});

test("otherwise it is whoever was to move next", () => {
  const rest = STANDINGS.filter(({ answerBlocked, halfClosed }) => !answerBlocked && !halfClosed);
  for (const standing of rest) {
    const { requestDone, requestBlocked, answerBegun } = standing;
    const cause = deadlineCause(standing);
    if (!requestDone && !requestBlocked) expect(cause).toBe("request.body_timeout");
    else if (answerBegun || !requestDone) expect(cause).toBe("upstream.idle_timeout");
    else expect(cause).toBe("upstream.response_timeout");
  }
});

test("each has a row in the vocabulary", () => {
  for (const standing of STANDINGS) expect(ERRORS).toHaveProperty([deadlineCause(standing)]);
});
