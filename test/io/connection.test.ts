import { expect, test } from "bun:test";
import { flushOutbox } from "../../src/io/connection.ts";
import { connectionPair } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";

test("what one event writes leaves in one piece", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  near.connection.outbox().latin1("head ");
  near.connection.write(Buffer.from("-body-"), 1, 5);
  near.connection.outbox().latin1(" tail");
  expect(near.connection.takenBytes).toBe(0);
  flushOutbox();
  await eventually(() => far.text === "head body tail", "the bytes in order");
  expect(far.received).toHaveLength(1);
});

test("two connections that write by turns keep their bytes apart and in order", async () => {
  using first = await connectionPair();
  using second = await connectionPair();
  let expected = "";
  for (let i = 0; i < 100; i++) {
    first.near.connection.outbox().latin1(`a${i} `);
    second.near.connection.outbox().latin1(`b${i} `);
    second.near.connection.write(Buffer.from("."), 0, 1);
    expected += `a${i} `;
  }
  flushOutbox();
  await eventually(() => first.far.text === expected, "the first connection's bytes");
  const other = expected.replaceAll("a", "b").replaceAll(" ", " .");
  await eventually(() => second.far.text === other, "the second connection's bytes");
});

test("a large chunk, a sent one and the outbox come in the order of the calls", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  const large = Buffer.alloc(100_000, "L");
  near.connection.outbox().latin1("1");
  near.connection.write(large, 0, large.length);
  near.connection.outbox().latin1("2");
  near.connection.send(Buffer.from("3"));
  near.connection.outbox().latin1("4");
  near.connection.finish();
  await far.saw("end");
  expect(far.text).toBe(`1${large.toString()}234`);
});

test("a peer that does not read blocks; when it reads, the rest comes whole and then the FIN", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  far.connection.pause();
  const chunk = Buffer.alloc(1 << 20, "x");
  let sentBytes = 0;
  while (!near.connection.blocked) {
    near.connection.send(chunk);
    sentBytes += chunk.length;
  }
  expect(near.events).toEqual(["blocked"]);
  // What comes now waits behind what is unsent, whichever way it is written.
  near.connection.outbox().latin1("last");
  near.connection.finish();
  near.connection.write(Buffer.from("too late"), 0, 8);
  expect(near.events).toEqual(["blocked"]);
  far.connection.resume();
  await far.saw("end");
  expect(far.receivedBytes).toBe(sentBytes + 4);
  expect(far.text.endsWith("xlast")).toBeTrue();
  expect(near.events).toEqual(["blocked", "drain"]);
  expect(near.connection.unsentBytes).toBe(0);
});

test("a FIN closes one direction only; after both, both ends are told once", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  near.connection.finish();
  await far.saw("end");
  far.connection.send(Buffer.from("still open"));
  await eventually(() => near.text === "still open", "bytes against the FIN");
  far.connection.finish();
  await near.saw("close");
  await far.saw("close");
  expect(near.events).toEqual(["data", "close"]);
  expect(far.events).toEqual(["end", "close"]);
});

test("close sends everything first", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  far.connection.pause();
  const chunk = Buffer.alloc(1 << 20, "x");
  let sentBytes = 0;
  while (!near.connection.blocked) {
    near.connection.send(chunk);
    sentBytes += chunk.length;
  }
  near.connection.close();
  expect(near.closed).toBeFalse();
  far.connection.resume();
  await far.saw("end");
  expect(far.receivedBytes).toBe(sentBytes);
  await near.saw("close");
});

test("abort drops the outbox and what is unsent, and the peer sees a RST", async () => {
  using pair = await connectionPair();
  using other = await connectionPair();
  const { near, far } = pair;
  other.near.connection.outbox().latin1("flushed by the next owner");
  near.connection.outbox().latin1("dropped");
  near.connection.abort();
  expect(near.connection.closed).toBeTrue();
  await far.saw("close ECONNRESET");
  expect(far.text).toBe("");
  flushOutbox();
  await eventually(() => other.far.text === "flushed by the next owner", "the other connection's bytes");
});

test("a RST that a failed write has used up is still told as a RST", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  far.onEvent = (event) => {
    if (event !== "data") return;
    // Both in one event: the write meets the RST before the loop can tell of it.
    near.connection.abort();
    far.connection.send(Buffer.from("nobody is there"));
  };
  near.connection.send(Buffer.from("go"));
  await eventually(() => far.closed, "the close");
  expect(far.events).toEqual(["data", "close ECONNRESET"]);
});

test("what came before a RST is still received when a write meets the RST first", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  far.connection.pause();
  near.connection.send(Buffer.from("an answer"));
  near.connection.abort();
  far.connection.send(Buffer.from("nobody is there"));
  far.connection.resume();
  await eventually(() => far.closed, "the close");
  expect(far.text).toBe("an answer");
  expect(far.events).toEqual(["data", "close ECONNRESET"]);
});

test("nothing is told to the owner of a connection that it has aborted but the close", async () => {
  using pair = await connectionPair();
  const { near, far } = pair;
  near.connection.send(Buffer.from("unread"));
  far.connection.abort();
  far.connection.send(Buffer.from("x"));
  far.connection.outbox().latin1("y");
  flushOutbox();
  far.connection.finish();
  far.connection.close();
  far.connection.abort();
  await eventually(() => near.closed, "the RST");
  expect(far.events).toEqual(["close"]);
});
