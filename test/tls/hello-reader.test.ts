/** ClientHello, well-formed and not, in one piece and in many. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseClientHello } from "../../src/protocol/tls/client-hello.ts";
import { HelloReader } from "../../src/protocol/tls/hello-reader.ts";
import {
  type HelloShape,
  helloBody,
  helloMessage,
  helloRecords,
  serverNameExtension,
  sized,
} from "../support/client-hello.ts";

const READ: readonly (readonly [string, HelloShape, object])[] = [
  [
    "name, protocols, version and kind of key",
    {},
    { serverName: "shop.example", alpn: ["h2", "http/1.1"], highestVersion: 0x0304, ecdsa: true },
  ],
  ["no name", { serverName: null }, { serverName: null }],
  [
    "a name in capitals, with the root's dot",
    { serverName: "SHOP.Example." },
    { serverName: "shop.example" },
  ],
  ["no protocols", { alpn: [] }, { alpn: [] }],
  ["TLS 1.2 without the list of versions", { versions: null }, { highestVersion: 0x0303 }],
  ["GREASE among the versions", { versions: [0x3a3a, 0x0303] }, { highestVersion: 0x0303 }],
  ["TLS 1.3 with RSA alone", { schemes: [0x0804, 0x0401] }, { ecdsa: false }],
  ["TLS 1.2 with ECDSA signatures and no such suite", { versions: null, suites: [0xc02f] }, { ecdsa: false }],
  ["a huge list of extensions", { extensions: many(1_500) }, { serverName: "shop.example" }],
  ["a large key share", { extensions: [[51, Buffer.alloc(12_000)]] }, { serverName: "shop.example" }],
];

for (const [name, shape, expected] of READ) {
  test(`reads: ${name}`, () => {
    const message = helloMessage(shape);
    for (const recordBytes of [16_384, 700, 300]) {
      const bytes = helloRecords(message, Math.max(recordBytes, Math.ceil(message.length / 60)));
      expect(feed([bytes])).toMatchObject(expected);
      expect(feed(cut(bytes, 1))).toMatchObject(expected);
      expect(feed(cut(bytes, 37))).toMatchObject(expected);
    }
  });
}

const REFUSED: readonly (readonly [string, Buffer, string])[] = [
  ["a request in the clear", Buffer.from("GET / HTTP/1.1\r\n"), "notTls"],
  ["SSH", Buffer.from("SSH-2.0-x\r\n"), "notTls"],
  ["SSL 2", Buffer.from("802e0100020015000000100100800200800300800400800500800600", "hex"), "notTls"],
  ["an alert first", Buffer.from("15030100020100", "hex"), "notTls"],
  ["an impossible version", Buffer.from("16ff01000401000000", "hex"), "notTls"],
  ["an empty record", Buffer.from("1603010000", "hex"), "malformed"],
  ["another message", Buffer.from("160301000402000000", "hex"), "malformed"],
  ["a record that is too long", Buffer.from("1603014001", "hex"), "tooLarge"],
  ["a message that is too long", Buffer.from("160301000401ffffff", "hex"), "tooLarge"],
  ["one byte a record", helloRecords(helloMessage(), 1), "tooLarge"],
  ["a message that is too short", helloRecords(Buffer.from([1, 0, 0, 2, 3, 3])), "malformed"],
  ["bytes behind the message", helloRecords(Buffer.concat([helloMessage(), Buffer.from([0])])), "malformed"],
  ["a space in the name", helloRecords(helloMessage({ serverName: "a b" })), "serverName"],
  ["a NUL in the name", helloRecords(helloMessage({ serverName: "a\0.example" })), "serverName"],
  ["an empty name", helloRecords(helloMessage({ serverName: "" })), "serverName"],
  ["an empty label", helloRecords(helloMessage({ serverName: "a..b" })), "serverName"],
  ["a name beyond DNS", helloRecords(helloMessage({ serverName: `${"a.".repeat(150)}b` })), "serverName"],
  [
    "two extensions with names",
    helloRecords(helloMessage({ extensions: [[0, serverNameExtension("other.example")]] })),
    "malformed",
  ],
  [
    "two names in one extension",
    helloRecords(helloMessage({ serverName: null, extensions: [[0, twoNames("a.example", "b.example")]] })),
    "malformed",
  ],
  ["an empty protocol", helloRecords(helloMessage({ alpn: ["h2", ""] })), "malformed"],
  [
    "an odd number of bytes of versions",
    helloRecords(helloMessage({ versions: null, extensions: [[43, Buffer.from([1, 3])]] })),
    "malformed",
  ],
];

for (const [name, bytes, fault] of REFUSED) {
  test(`refuses: ${name}`, () => {
    expect(feed([bytes])).toBe(fault);
    expect(feed(cut(bytes, 1))).toBe(fault);
  });
}

test("keeps all bytes as they came, those behind the first flight included", () => {
  const bytes = Buffer.concat([helloRecords(helloMessage()), Buffer.from([20, 3, 3, 0, 1, 1])]);
  const reader = new HelloReader();
  const statuses = cut(bytes, 11).map((chunk) => reader.push(chunk));
  expect(statuses).toContain("hello");
  expect(reader.bytes.equals(bytes)).toBe(true);
});

test("property: whatever the bytes, reading ends in a hello or a named fault, and any split says the same", () => {
  const message = helloBody();
  const mutated = fc
    .array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((edits) => {
      const copy = Buffer.from(message);
      for (const [at, value] of edits) copy[at] = value;
      return copy;
    });
  const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, any), fc.integer({ min: 1, max: 90 }), (body, step) => {
      const outcome = parseClientHello(body);
      if (typeof outcome === "string") expect(["malformed", "serverName"]).toContain(outcome);
      if (body.length < 38) return;
      const head = Buffer.from([1, 0, body.length >> 8, body.length & 255]);
      const bytes = helloRecords(Buffer.concat([head, body]), 40);
      expect(feed(cut(bytes, step))).toEqual(feed([bytes]));
    }),
    { numRuns: 2_000 },
  );
});

function feed(chunks: readonly Buffer[]) {
  const reader = new HelloReader();
  for (const chunk of chunks) {
    const status = reader.push(chunk);
    if (status === "hello") return reader.hello!;
    if (status === "fault") return reader.fault!;
  }
  return "needMore";
}

function cut(bytes: Buffer, step: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) pieces.push(Buffer.from(bytes.subarray(at, at + step)));
  return pieces;
}

function many(count: number): [number, Buffer][] {
  return Array.from({ length: count }, (_, i) => [0x1000 + i, Buffer.from([i & 255])]);
}

function twoNames(first: string, second: string): Buffer {
  const entry = (name: string) => Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(name))]);
  return sized(2, Buffer.concat([entry(first), entry(second)]));
}
