/** A reader that waits between two messages holds no memory of the last one, however large its chunk was. */
import { expect, test } from "bun:test";
import { EVENT } from "./events.ts";
import { RequestReader } from "./request-reader.ts";
import { ResponseReader } from "./response-reader.ts";

const LIMITS = { headBytes: 4_096, fieldCount: 32, lineBytes: 1_024, chunkExtensionBytes: 64 };

test("a request reader between two requests", () => {
  const reader = new RequestReader(LIMITS);
  reader.push(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  expect(reader.next()).toBe(EVENT.head);
  expect(reader.next()).toBe(EVENT.end);
  expect(reader.head.fields.bytes.length).toBeGreaterThan(0);
  reader.startNext();
  expect(reader.bytes.length).toBe(0);
  expect(reader.head.fields.bytes.length).toBe(0);
});

test("a response reader whose answer is complete", () => {
  const reader = new ResponseReader(LIMITS);
  reader.begin({ method: "GET", upgrade: false, upgradeTo: "" });
  reader.push(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"));
  expect(reader.next()).toBe(EVENT.head);
  expect(reader.next()).toBe(EVENT.data);
  reader.release();
  expect(reader.head.fields.count).toBe(1);
  reader.push(Buffer.from("b"));
  expect(reader.next()).toBe(EVENT.data);
  expect(reader.next()).toBe(EVENT.end);
  reader.release();
  expect(reader.bytes.length).toBe(0);
  expect(reader.head.fields.bytes.length).toBe(0);
});

test("a response reader lets go of a chunk whose head is still wanted", () => {
  const reader = new ResponseReader(LIMITS);
  reader.begin({ method: "GET", upgrade: false, upgradeTo: "" });
  const chunk = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-A: b\r\n\r\nabc");
  reader.push(chunk);
  expect(reader.next()).toBe(EVENT.head);
  expect(reader.letGo(chunk)).toBe(false);
  expect(reader.next()).toBe(EVENT.data);
  expect(reader.next()).toBe(EVENT.needData);
  reader.release();
  expect(reader.letGo(chunk)).toBe(true);
  chunk.fill(0);
  const { fields, reasonStart, reasonEnd } = reader.head;
  expect(fields.bytes.toString("latin1", reasonStart, reasonEnd)).toBe("OK");
  const [, , lengthStart, lengthEnd] = fields.table;
  expect(fields.bytes.toString("latin1", lengthStart, lengthEnd)).toBe("9");
});

test("a response reader that is asked for no more behind the last byte of a chunk lets go of it", () => {
  const reader = new ResponseReader(LIMITS);
  reader.begin({ method: "GET", upgrade: false, upgradeTo: "" });
  const first = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
  reader.push(first);
  expect([reader.next(), reader.next()]).toEqual([EVENT.head, EVENT.data]);
  expect(reader.letGo(first)).toBe(true);
  const second = Buffer.from("def");
  reader.push(second);
  expect(reader.next()).toBe(EVENT.data);
  expect(reader.bytes.toString("latin1", reader.dataStart, reader.dataEnd)).toBe("def");
  expect(reader.letGo(second)).toBe(true);
  reader.push(Buffer.from("ghi"));
  expect([reader.next(), reader.next()]).toEqual([EVENT.data, EVENT.end]);
});

test("a request reader keeps the chunk that has the head, and lets go of those behind it", () => {
  const reader = new RequestReader(LIMITS);
  const first = Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  const second = Buffer.from("def");
  reader.push(first);
  expect([reader.next(), reader.next(), reader.next()]).toEqual([EVENT.head, EVENT.data, EVENT.needData]);
  expect(reader.hasLetGo(first)).toBe(false);
  reader.push(second);
  expect(reader.next()).toBe(EVENT.data);
  expect(reader.hasLetGo(second)).toBe(true);
  reader.push(Buffer.from("ghi"));
  expect([reader.next(), reader.next()]).toEqual([EVENT.data, EVENT.end]);
});
