import { describe, expect, test } from "bun:test";
import { ByteSink } from "../base/byte-sink.ts";
import { ERRORS, type ErrorCode, proxyError } from "../base/proxy-error.ts";
import { writeResponseHead } from "../protocol/h1/response-writer.ts";
import { BODY } from "../protocol/http/framing.ts";
import { NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import { errorAnswer, type OwnAnswer, ownAnswer } from "./own-answer.ts";

const WALL_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** As an HTTP/1.1 client gets it. */
function written({ head, body }: OwnAnswer): string {
  const sink = new ByteSink(16);
  writeResponseHead(sink, { head, framing: head.framing.kind, connection: "none", added: NO_ADDED_FIELDS });
  return sink.bytes.toString("latin1", 0, sink.length) + body.toString("latin1");
}

function error(code: ErrorCode, details = {}): OwnAnswer {
  return errorAnswer(proxyError(code, details), ERRORS[code].status ?? 400, "id-1", "no such page", WALL_MS);
}

describe("a configured answer", () => {
  test("has its fields, a date and a length", () => {
    expect(written(ownAnswer(200, [["X-A", "b"]], Buffer.from("hello"), WALL_MS))).toBe(
      "HTTP/1.1 200 OK\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello",
    );
  });

  test("says that it is empty, where it could have a body", () => {
    const answer = ownAnswer(302, [["Location", "/x"]], Buffer.alloc(0), WALL_MS);
    expect(written(answer)).toEndWith("Location: /x\r\nContent-Length: 0\r\n\r\n");
    expect(answer.head.framing.kind).toBe(BODY.none);
  });

  test("has neither body nor length where there is none", () => {
    for (const status of [204, 304]) {
      const text = written(ownAnswer(status, [], Buffer.from("ignored"), WALL_MS));
      expect(text).not.toContain("Content-Length");
      expect(text).toEndWith("\r\n\r\n");
    }
  });

  test("of a status without a phrase has none", () => {
    expect(written(ownAnswer(299, [], Buffer.alloc(0), WALL_MS))).toStartWith("HTTP/1.1 299 \r\n");
  });
});

describe("an error", () => {
  test("is JSON with the code and the request id", () => {
    const body = JSON.parse(error("upstream.refused", { cause: "ECONNREFUSED" }).body.toString());
    expect(body).toEqual({ detail: "bad gateway", code: "upstream.refused", request_id: "id-1" });
  });

  test("names the rule that was broken, and says what is wrong with a request", () => {
    const body = JSON.parse(error("request.malformed", { rule: "obsFold" }).body.toString());
    expect(body).toEqual({
      detail: ERRORS["request.malformed"].text,
      code: "request.malformed",
      rule: "obsFold",
      request_id: "id-1",
    });
  });

  test("404 is the configured message and nothing else", () => {
    expect(error("route.not_found").body.toString()).toBe('{"detail":"no such page"}');
  });

  test("tells nothing of the inside: no address, no cause, no stack", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const text = written(error(code, { cause: "ECONNREFUSED 10.0.0.1:3000 at file.ts:1" }));
      expect(text).not.toMatch(/ECONN|10\.0\.0\.1|file\.ts/);
      expect(text).toContain("Content-Type: application/json\r\n");
    }
  });
});
