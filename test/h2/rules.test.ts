/** Every row of rules.cases.ts whole, byte by byte, and cut in two at each place. */
import { describe, expect, test } from "bun:test";
import { HELLO, ping, SETTINGS_ACK } from "./frames.ts";
import { ServerScript } from "./reader-script.ts";
import { RULE_CASES, type RuleCase } from "./rules.cases.ts";

describe("what a client sends, by the sections of RFC 9113", () => {
  for (const row of RULE_CASES) test(row.name, () => feed(row));
});

describe("how a connection begins", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["a wrong byte in the preface", HELLO.replace("SM", "SX"), "fault preface"],
    ["PING before SETTINGS", HELLO.slice(0, 24) + ping(), "fault firstFrame"],
    ["an acknowledgement before SETTINGS", HELLO.slice(0, 24) + SETTINGS_ACK, "fault firstFrame"],
  ];
  for (const [name, bytes, fault] of table) {
    test(name, () => {
      const script = new ServerScript();
      script.push(bytes);
      script.tell();
      expect(script.events).toEqual([fault, "> goaway 0 1"]);
    });
  }
});

function feed({ bytes, events }: RuleCase): void {
  const check = (how: string, pieces: readonly string[]): void => {
    const script = new ServerScript();
    script.push(HELLO);
    script.tell();
    script.events.length = 0;
    for (const piece of pieces) script.push(piece);
    script.tell();
    expect({ how, events: script.events }).toEqual({ how, events: inOrder(events) });
  };
  check("whole", [bytes]);
  check("byte by byte", [...bytes]);
  if (bytes.length > SPLIT_BYTES) return;
  for (let at = 1; at < bytes.length; at++) check(`cut at ${at}`, [bytes.slice(0, at), bytes.slice(at)]);
}

/** What is sent behind what is told. */
function inOrder(events: readonly string[]): string[] {
  return [
    ...events.filter((event) => !event.startsWith(">")),
    ...events.filter((event) => event.startsWith(">")),
  ];
}

const SPLIT_BYTES = 400;
