/**
 * What we read and write again means the same to our own reader, and nothing that ends here is in it. Requests and
 * answers are generated with the forms that are legal and rare (arbitrary-messages.ts).
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type AnswerModel,
  anyAnswer,
  anyCuts,
  anyRequest,
  cut,
  type Line,
  type MessageModel,
} from "./arbitrary-messages.ts";
import { type Forwarded, forwardRequests, forwardResponses, TRUSTED, UNTRUSTED } from "./forward.ts";

describe("a legal request", () => {
  property("is read as it is meant, and written so that it is read the same again", () => {
    fc.assert(
      fc.property(anyRequest, anyCuts, (model, places) => {
        const [message] = only(forwardRequests(cut(model.bytes, places), UNTRUSTED));
        expectMeaning(message, model);
        const [again] = only(forwardRequests([message.written], TRUSTED));
        expect(again.body).toBe(model.body);
        expect(again.method).toBe(model.method);
        expect(again.trailers).toBe(textOf(model.trailers));
        expect(again.head.startsWith(`${model.method} ${targetWritten(model)} ${model.authority}`)).toBe(
          true,
        );
        expectFields(again, model);
      }),
      { numRuns: RUNS },
    );
  });

  property("of an untrusted client brings none of its own claims along", () => {
    fc.assert(
      fc.property(anyRequest, (model) => {
        const [message] = only(forwardRequests([model.bytes], UNTRUSTED));
        const [again] = only(forwardRequests([message.written], TRUSTED));
        const forwarded = again.fields
          .split(" | ")
          .filter((line) => /^(x[-_]forwarded|forwarded|x[-_]real|x[-_]request)/i.test(line));
        expect(forwarded).toEqual([
          "X-Forwarded-For: 192.0.2.1",
          "X-Forwarded-Proto: http",
          `X-Forwarded-Host: ${model.authority}`,
          `X-Request-Id: 0123456789abcdef${"0".repeat(7)}1${"0".repeat(7)}2`,
        ]);
      }),
      { numRuns: RUNS },
    );
  });

  property("goes through three of us as through one", () => {
    fc.assert(
      fc.property(anyRequest, (model) => {
        const [first] = only(forwardRequests([model.bytes], UNTRUSTED));
        const [second] = only(forwardRequests([first.written], UNTRUSTED));
        const [third] = only(forwardRequests([second.written], UNTRUSTED));
        expect(second.written).toBe(first.written);
        expect(third.written).toBe(first.written);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});

describe("a legal answer", () => {
  property("is read as it is meant, and written so that it is read the same again", () => {
    fc.assert(
      fc.property(anyAnswer, anyCuts, fc.constantFrom(0, 1), (model, places, clientVersion) => {
        const request = { method: model.method, upgrade: false, upgradeTo: "" };
        const { messages } = forwardResponses(cut(model.bytes, places), [request], clientVersion);
        const final = messages.at(-1)!;
        expect(final.complete).toBe(true);
        expect(final.body).toBe(model.body);
        expect(final.trailers).toBe(textOf(model.trailers));
        const written = messages.map((message) => message.written).join("");
        const again = forwardResponses([written], [request], clientVersion).messages;
        expect(again.length).toBe(messages.length);
        expectAnswer(again.at(-1)!, model, clientVersion);
      }),
      { numRuns: RUNS },
    );
  });
});

function property(name: string, run: () => void): void {
  test(name, run, TIMEOUT_MS);
}

function only({ messages, violation }: ReturnType<typeof forwardRequests>): readonly [Forwarded] {
  expect(violation).toBe(null);
  expect(messages.map((message) => message.complete)).toEqual([true]);
  return messages as unknown as readonly [Forwarded];
}

function expectMeaning(message: Forwarded, model: MessageModel): void {
  expect(message.method).toBe(model.method);
  expect(message.head.startsWith(`${model.method} ${model.target || "(empty)"} ${model.authority}`)).toBe(
    true,
  );
  expect(message.head.includes(" 1.0")).toBe(model.minorVersion === 0);
  expect(message.body).toBe(model.body);
  expect(message.trailers).toBe(textOf(model.trailers));
}

/** RFC 9112 section 3.2.4 for OPTIONS; else an empty path becomes `/`. */
function targetWritten({ method, target }: MessageModel): string {
  if (target === "") return method === "OPTIONS" ? "*" : "/";
  return target.startsWith("?") ? `/${target}` : target;
}

function expectFields(
  message: Forwarded,
  model: { kept: readonly Line[]; dropped: readonly string[] },
): void {
  const lines = message.fields.split(" | ");
  const names = lines.map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
  for (const name of model.dropped) expect(names).not.toContain(name.toLowerCase());
  expect(message.fields.includes(textOf(model.kept)) || inOrder(lines, model.kept)).toBe(true);
}

function inOrder(lines: readonly string[], kept: readonly Line[]): boolean {
  return lines.filter((line) => /^z-/i.test(line)).join(" | ") === textOf(kept);
}

function expectAnswer(message: Forwarded, model: AnswerModel, clientVersion: number): void {
  expect(message.complete).toBe(true);
  expect(message.head.startsWith(`${model.status}`)).toBe(true);
  expect(message.body).toBe(model.body);
  expect(message.trailers).toBe(clientVersion === 1 ? textOf(model.trailers) : "");
  const dropped = model.dropped.filter((name) => !(clientVersion === 0 && name === "Connection"));
  expectFields(message, { kept: model.kept, dropped });
}

function textOf(lines: readonly Line[]): string {
  return lines.map(([name, text]) => `${name}: ${text}`).join(" | ");
}

const RUNS = 1_000;
const TIMEOUT_MS = 60_000;
