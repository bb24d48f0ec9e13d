/** Media types and the trailers' frame. */
import { expect, test } from "bun:test";
import { blockOf } from "../http/own-fields.ts";
import { isGrpc, webCallOf, webTypeOf } from "./media-type.ts";
import { trailerFrame } from "./trailer-frame.ts";

test("media types of calls", () => {
  const table: readonly (readonly [string, string | null])[] = [
    ["application/grpc-web", "binary application/grpc"],
    ["application/grpc-web+proto", "binary application/grpc+proto"],
    ["application/grpc-web-text", "text application/grpc"],
    ["application/grpc-web-text+json; charset=utf-8", "text application/grpc+json; charset=utf-8"],
    ["Application/gRPC-Web+proto", "binary application/grpc+proto"],
    ["application/grpc", null],
    ["application/grpc+proto", null],
    ["application/grpc-webby", null],
    ["application/grpc-web-textual", null],
    ["text/plain", null],
  ];
  for (const [type, expected] of table) {
    const call = webCallOf(type);
    expect([type, call === null ? null : `${call.isText ? "text" : "binary"} ${call.callType}`]).toEqual([
      type,
      expected,
    ]);
    expect([type, isGrpc(type)]).toEqual([type, /^application\/grpc(\+proto)?$/.test(type)]);
  }
});

test("media types of answers", () => {
  expect(webTypeOf("application/grpc", false)).toBe("application/grpc-web");
  expect(webTypeOf("application/grpc+proto", false)).toBe("application/grpc-web+proto");
  expect(webTypeOf("application/grpc+proto", true)).toBe("application/grpc-web-text+proto");
  expect(webTypeOf("application/grpc-web", true)).toBe(null);
  expect(webTypeOf("text/html", true)).toBe(null);
});

test("trailers become a frame, in lower case and without what ends at each hop", () => {
  const frame = trailerFrame(
    blockOf([
      ["Grpc-Status", "0"],
      ["grpc-message", "a b"],
      ["connection", "x"],
    ]),
  );
  const lines = "grpc-status: 0\r\ngrpc-message: a b\r\n";
  expect(frame).toEqual(Buffer.from(`\x80\0\0\0${String.fromCharCode(lines.length)}${lines}`, "latin1"));
});
