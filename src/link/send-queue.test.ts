import { expect, test } from "bun:test";
import { SendWindow } from "../protocol/h2/flow-window.ts";
import { type Sending, SendQueue } from "./send-queue.ts";

/** Sends its parts one at a time, each of ten bytes, and writes into a log what it does. */
class Stream implements Sending {
  turn = 0;
  urgency = 3;
  incremental = true;
  hasWindow = true;
  readonly id: number;
  #parts: number;
  readonly #window: SendWindow;
  readonly #log: string[];

  constructor(id: number, parts: number, window: SendWindow, log: string[]) {
    this.id = id;
    this.#parts = parts;
    this.#window = window;
    this.#log = log;
  }

  sendSome(): boolean {
    this.#log.push(`${this.id}`);
    this.#window.bytes -= 10;
    return --this.#parts === 0;
  }

  tellDrained(): void {
    this.#log.push(`${this.id} done`);
  }
}

function setUp(windowBytes: number) {
  const window = new SendWindow(windowBytes);
  const connection = { blocked: false };
  const log: string[] = [];
  const queue = new SendQueue<Stream>(connection, window);
  const add = (id: number, parts: number) => {
    const stream = new Stream(id, parts, window, log);
    queue.add(stream);
    queue.add(stream);
    return stream;
  };
  return { window, connection, log, queue, add };
}

test("those that wait take turns, and who has nothing left is told and leaves", () => {
  const { queue, add, log } = setUp(1_000);
  add(1, 1);
  add(3, 3);
  add(5, 2);
  queue.flush();
  expect(log).toEqual(["1", "1 done", "3", "5", "3", "5", "5 done", "3", "3 done"]);
  queue.flush();
  expect(log.length).toBe(9);
});

test("ends with the connection's window, and goes on where it was", () => {
  const { queue, add, log, window } = setUp(30);
  add(1, 2);
  add(3, 2);
  queue.flush();
  expect(log).toEqual(["1", "3", "1", "1 done"]);
  window.grant(10);
  queue.flush();
  expect(log.slice(4)).toEqual(["3", "3 done"]);
});

test("waits for the socket, and for a stream's own window", () => {
  const { queue, add, log, connection } = setUp(1_000);
  const shut = add(1, 1);
  shut.hasWindow = false;
  add(3, 1);
  connection.blocked = true;
  queue.flush();
  expect(log).toEqual([]);
  connection.blocked = false;
  queue.flush();
  expect(log).toEqual(["3", "3 done"]);
  shut.hasWindow = true;
  queue.flush();
  expect(log.slice(2)).toEqual(["1", "1 done"]);
});

test("who has left does not send", () => {
  const { queue, add, log } = setUp(1_000);
  const gone = add(1, 1);
  add(3, 1);
  queue.delete(gone);
  queue.delete(gone);
  queue.flush();
  expect(log).toEqual(["3", "3 done"]);
});
