import { describe, expect, test } from "bun:test";
import { forwardRequests, forwardResponses, TRUSTED, UNTRUSTED } from "./forward.ts";
import { WRITTEN_REQUESTS, WRITTEN_RESPONSES } from "./writer.cases.ts";

describe("requests as they go upstream", () => {
  for (const { name, bytes, written, trusted } of WRITTEN_REQUESTS) {
    test(name, () => expectWritten(forwardRequests([bytes], trusted ? TRUSTED : UNTRUSTED), written));
  }
});

describe("answers as they go downstream", () => {
  for (const { name, bytes, written, clientVersion, method } of WRITTEN_RESPONSES) {
    const request = { method: method ?? "GET", upgrade: true, upgradeTo: "websocket" };
    test(name, () => expectWritten(forwardResponses([bytes], [request], clientVersion ?? 1), written));
  }
});

function expectWritten({ messages, violation }: ReturnType<typeof forwardRequests>, written: string): void {
  expect(violation).toBe(null);
  expect(messages.map((message) => message.written).join("")).toBe(written);
}
