/** A close_notify and a FIN that only came are told apart, however the records are cut. */
import { expect, test } from "bun:test";
import { RecordTail } from "./record-tail.ts";

/** A record of TLS 1.3 with so many bytes of data; an alert is two bytes that do not come out. */
const sealed = (bytes: number): Buffer => record(23, bytes + 17);
const ALERT_1_3 = sealed(2);
const ALERT_1_2 = record(21, 26);

const TABLE: readonly (readonly [string, readonly Buffer[], number, boolean])[] = [
  ["data, then an alert", [sealed(5), ALERT_1_3], 5, true],
  ["an alert alone", [ALERT_1_3], 0, true],
  ["data alone", [sealed(5)], 5, false],
  ["two bytes of data, which look like an alert", [sealed(2)], 2, false],
  ["two bytes of data and an alert", [sealed(2), ALERT_1_3], 2, true],
  ["large data", [sealed(16_000), sealed(9_000)], 25_000, false],
  ["TLS 1.2, data", [record(23, 5 + 24)], 5, false],
  ["TLS 1.2, data and an alert", [record(23, 5 + 24), ALERT_1_2], 5, true],
  ["TLS 1.2 with ChaCha20, three bytes", [record(23, 3 + 16)], 3, false],
  ["nothing at all", [], 0, false],
];

for (const [name, records, data, expected] of TABLE) {
  test(name, () => {
    const bytes = Buffer.concat(records);
    const tail = new RecordTail();
    tail.received(bytes);
    tail.delivered(data);
    expect(tail.closeNotified).toBe(expected);
  });
}

test("records that arrive in pieces", () => {
  for (let at = 1; at < 1_000; at += 7) {
    const bytes = Buffer.concat([sealed(1_000), ALERT_1_3]);
    const tail = new RecordTail();
    tail.received(bytes.subarray(0, at));
    tail.received(bytes.subarray(at));
    tail.delivered(1_000);
    expect(tail.closeNotified).toBe(true);
  }
});

test("an end in the middle of a record is none that was said", () => {
  const tail = new RecordTail();
  tail.received(ALERT_1_2);
  tail.received(sealed(100).subarray(0, 60));
  expect(tail.closeNotified).toBe(false);
  const header = new RecordTail();
  header.received(Buffer.concat([ALERT_1_2, Buffer.from([23, 3])]));
  expect(header.closeNotified).toBe(false);
});

function record(type: number, length: number): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), Buffer.alloc(length, 1)]);
}
