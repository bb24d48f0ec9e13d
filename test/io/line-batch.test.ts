import { expect, test } from "bun:test";
import { LineBatch } from "../../src/io/line-batch.ts";
import { eventually } from "../support/eventually.ts";

/** A sink that writes when it is told to. */
class Sink {
  written: string[] = [];
  readonly lost: [number, string][] = [];
  readonly batch = new LineBatch(this, (count, cause) => this.lost.push([count, cause]));
  #finish: PromiseWithResolvers<void>[] = [];

  write(lines: string): Promise<void> {
    this.written.push(lines);
    const finish = Promise.withResolvers<void>();
    this.#finish.push(finish);
    return finish.promise;
  }

  finish(): void {
    this.#finish.shift()!.resolve();
  }

  fail(code: string): void {
    this.#finish.shift()!.reject(Object.assign(new Error(code), { code }));
  }
}

test("lines that come close together are written together", async () => {
  const sink = new Sink();
  for (const line of ["a", "b", "c"]) sink.batch.add(line);
  const flushed = sink.batch.flush();
  sink.finish();
  await flushed;
  expect(sink.written).toEqual(["a\nb\nc\n"]);
});

test("a flush waits for the write under way and for what came meanwhile", async () => {
  const sink = new Sink();
  sink.batch.add("a");
  void sink.batch.flush();
  sink.batch.add("b");
  let isFlushed = false;
  const flushed = sink.batch.flush().then(() => {
    isFlushed = true;
  });
  sink.finish();
  await new Promise(setImmediate);
  expect([sink.written, isFlushed]).toEqual([["a\n", "b\n"], false]);
  sink.finish();
  await flushed;
  expect(sink.lost).toEqual([]);
});

test("a failed write is told with its cause, and later lines are tried again", async () => {
  const sink = new Sink();
  for (const line of ["a", "b"]) sink.batch.add(line);
  const flushed = sink.batch.flush();
  sink.fail("ENOSPC");
  await flushed;
  expect(sink.lost).toEqual([[2, "ENOSPC"]]);
  sink.batch.add("c");
  const again = sink.batch.flush();
  sink.finish();
  await again;
  expect(sink.written).toEqual(["a\nb\n", "c\n"]);
  expect(sink.lost).toHaveLength(1);
});

test("what a slow sink leaves no room for is counted", async () => {
  const sink = new Sink();
  const line = "x".repeat(1024 * 1024);
  sink.batch.add("first");
  const flushed = sink.batch.flush();
  for (let count = 0; count < 10; count++) sink.batch.add(line);
  sink.finish();
  await new Promise(setImmediate);
  sink.finish();
  await flushed;
  expect(sink.written[1]!.length).toBe(5 * (line.length + 1));
  expect(sink.lost).toEqual([[5, "slow"]]);
});

test("a flush of nothing is done at once, and lines that follow are written without another", async () => {
  const sink = new Sink();
  await sink.batch.flush();
  expect(sink.written).toEqual([]);
  sink.batch.add("later");
  await eventually(() => sink.written.length > 0, "written");
  expect(sink.written).toEqual(["later\n"]);
});
