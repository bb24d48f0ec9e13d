import { expect, test } from "bun:test";
import { LineBatch, type LineSink, type Written } from "../../src/io/line-batch.ts";
import { eventually } from "../support/eventually.ts";

/** A sink that writes when it is told to. */
class Sink implements LineSink {
  written: string[] = [];
  readonly lost: [number, string][] = [];
  /** Of which it has only been told. */
  elsewhere: string[] = [];
  readonly batch: LineBatch = new LineBatch(
    this,
    (count, cause) => this.lost.push([count, cause]),
    () => {
      for (const line of this.elsewhere.splice(0)) this.add(line);
    },
  );
  #pending: { readonly length: number; readonly done: PromiseWithResolvers<Written> }[] = [];

  write(bytes: Buffer, length: number): Promise<Written> {
    this.written.push(bytes.toString("latin1", 0, length));
    const done = Promise.withResolvers<Written>();
    this.#pending.push({ length, done });
    return done.promise;
  }

  /** Whether there was room for it. */
  add(line: string): boolean {
    const sink = this.batch.begin();
    if (sink === null) return false;
    sink.latin1(line);
    this.batch.end();
    return true;
  }

  finish(): void {
    const { length, done } = this.#pending.shift()!;
    done.resolve({ takenBytes: length, cause: null });
  }

  fail(cause: string, takenBytes = 0): void {
    this.#pending.shift()!.done.resolve({ takenBytes, cause });
  }
}

test("lines that come close together are written together", async () => {
  const sink = new Sink();
  for (const line of ["a", "b", "c"]) sink.add(line);
  const flushed = sink.batch.flush();
  sink.finish();
  await flushed;
  expect(sink.written).toEqual(["a\nb\nc\n"]);
});

test("a flush waits for the write under way and for what came meanwhile", async () => {
  const sink = new Sink();
  sink.add("a");
  void sink.batch.flush();
  sink.add("b");
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
  for (const line of ["a", "b", "c"]) sink.add(line);
  const flushed = sink.batch.flush();
  sink.fail("ENOSPC", 2);
  await flushed;
  expect(sink.lost).toEqual([[2, "ENOSPC"]]);
  sink.add("d");
  const again = sink.batch.flush();
  sink.finish();
  await again;
  expect(sink.written).toEqual(["a\nb\nc\n", "d\n"]);
  expect([sink.lost.length, sink.batch.lost]).toEqual([1, 2]);
});

test("what a slow sink leaves no room for is counted, and told while it still stands still", async () => {
  const sink = new Sink();
  const line = "x".repeat(1024 * 1024);
  sink.add("first");
  const flushed = sink.batch.flush();
  const kept = Array.from({ length: 10 }, () => sink.add(line));
  expect(kept.filter((each) => each)).toHaveLength(4);
  // The first at once; the others together a second later, or when the log is closed.
  expect(sink.lost).toEqual([[1, "slow"]]);
  sink.finish();
  await new Promise(setImmediate);
  sink.finish();
  await flushed;
  expect(await sink.batch.close(1_000)).toBe(true);
  expect(sink.written[1]!.length).toBe(4 * (line.length + 1));
  expect([sink.lost, sink.batch.lost]).toEqual([
    [
      [1, "slow"],
      [5, "slow"],
    ],
    6,
  ]);
});

test("a sink that never answers does not keep it from ending; what it had and what waited is lost and told", async () => {
  const sink = new Sink();
  for (const line of ["a", "b"]) sink.add(line);
  void sink.batch.flush();
  for (const line of ["c", "d", "e"]) sink.add(line);
  expect(await sink.batch.close(1)).toBe(false);
  expect([sink.lost, sink.batch.lost]).toEqual([[[5, "slow"]], 5]);
  expect(sink.add("f")).toBe(false);
  sink.finish();
  await new Promise(setImmediate);
  expect([sink.written, sink.batch.lost]).toEqual([["a\nb\n"], 6]);
});

test("what waits when it is closed is written", async () => {
  const sink = new Sink();
  sink.add("a");
  const closed = sink.batch.close(10_000);
  sink.finish();
  expect(await closed).toBe(true);
  expect([sink.written, sink.lost]).toEqual([["a\n"], []]);
});

test("much is written before its time, and the little that came meanwhile waits for more", async () => {
  const sink = new Sink();
  for (let count = 0; count < 300; count++) sink.add("x".repeat(1023));
  expect(sink.written.map(({ length }) => length)).toEqual([257 * 1024]);
  sink.finish();
  await new Promise(setImmediate);
  expect(sink.written).toHaveLength(1);
  for (let count = 0; count < 220; count++) sink.add("x".repeat(1023));
  expect(sink.written.map(({ length }) => length)).toEqual([257 * 1024, 257 * 1024]);
  sink.finish();
  await eventually(() => sink.written.length === 3, "the rest, when its time has come");
  expect(sink.written.join("").length).toBe(520 * 1024);
});

test("lines that are not formed yet are gathered when it is time, and when it is closed", async () => {
  const sink = new Sink();
  sink.elsewhere = ["a", "b"];
  sink.batch.expect();
  await eventually(() => sink.written.length > 0, "written");
  sink.finish();
  sink.elsewhere = ["c"];
  const closed = sink.batch.close(10_000);
  await new Promise(setImmediate);
  sink.finish();
  expect(await closed).toBe(true);
  expect(sink.written).toEqual(["a\nb\n", "c\n"]);
  sink.elsewhere = ["d"];
  sink.batch.expect();
  expect([sink.elsewhere, sink.batch.lost]).toEqual([[], 1]);
});

test("lines that are not formed yet are written when their time comes while the sink is slow", async () => {
  const sink = new Sink();
  sink.add("a");
  void sink.batch.flush();
  sink.elsewhere = ["b"];
  sink.batch.expect();
  await eventually(() => sink.elsewhere.length === 0, "gathered");
  sink.finish();
  await eventually(() => sink.written.length === 2, "written");
  expect(sink.written).toEqual(["a\n", "b\n"]);
});

test("lines that are not formed yet when a sink never answers are lost and told", async () => {
  const sink = new Sink();
  sink.add("a");
  void sink.batch.flush();
  const closed = sink.batch.close(1);
  sink.elsewhere = ["b", "c"];
  expect(await closed).toBe(false);
  expect([sink.lost, sink.batch.lost]).toEqual([[[3, "slow"]], 3]);
});

test("a line that its writer gave up in the middle leaves nothing behind", async () => {
  const sink = new Sink();
  sink.add("a");
  sink.batch.begin()!.latin1("half a li");
  sink.add("b");
  const flushed = sink.batch.flush();
  sink.finish();
  await flushed;
  expect(sink.written).toEqual(["a\nb\n"]);
});

test("a flush of nothing is done at once, and lines that follow are written without another", async () => {
  const sink = new Sink();
  await sink.batch.flush();
  expect(sink.written).toEqual([]);
  sink.add("later");
  await eventually(() => sink.written.length > 0, "written");
  expect(sink.written).toEqual(["later\n"]);
});
