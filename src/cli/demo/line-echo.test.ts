import { expect, test } from "bun:test";
import { createLineEcho } from "./line-echo.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunk: Uint8Array) => new TextDecoder().decode(chunk);

test("gives a line back once it is complete, however it was cut", () => {
  const echo = createLineEcho();
  expect(text(echo.receive(bytes("hel")))).toBe("");
  expect(text(echo.receive(bytes("lo\nwor")))).toBe("hello\n");
  expect(text(echo.receive(bytes("ld\nagain\n")))).toBe("world\nagain\n");
  expect(text(echo.end())).toBe("");
});

test("gives back an unfinished last line when the sender ends", () => {
  const echo = createLineEcho();
  echo.receive(bytes("no newline"));
  expect(text(echo.end())).toBe("no newline");
  expect(text(echo.end())).toBe("");
});

test("does not keep more than the limit of a line without an end", () => {
  const echo = createLineEcho(8);
  expect(text(echo.receive(bytes("12345678")))).toBe("");
  expect(text(echo.receive(bytes("9")))).toBe("123456789");
});

test("keeps a copy, because the chunk's memory is used again", () => {
  const echo = createLineEcho();
  const chunk = bytes("ab");
  echo.receive(chunk);
  chunk.fill(120);
  expect(text(echo.receive(bytes("\n")))).toBe("ab\n");
});
