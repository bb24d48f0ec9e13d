import { expect, test } from "bun:test";
import type { Span, SpanExporter } from "./otlp-exporter.ts";
import { SpanQueue } from "./span-queue.ts";

/** A collector that answers when it is told to. */
class Exporter implements SpanExporter {
  readonly origin = {} as SpanExporter["origin"];
  readonly sent: number[] = [];
  readonly dropped: [number, string][] = [];
  readonly queue: SpanQueue = new SpanQueue(this, (count, cause) => this.dropped.push([count, cause]));
  #answers: ((cause: string | null) => void)[] = [];

  send(spans: readonly Span[]): Promise<string | null> {
    this.sent.push(spans.length);
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#answers.push(resolve);
    return promise;
  }

  async answer(cause: string | null): Promise<void> {
    this.#answers.shift()!(cause);
    await new Promise(setImmediate);
  }

  async close(): Promise<void> {}
}

function spans(count: number): Span[] {
  return Array.from({ length: count }, () => ({}) as Span);
}

test("spans are gathered, and many are sent in batches, one after the other", async () => {
  const exporter = new Exporter();
  exporter.queue.add(spans(3));
  expect(exporter.sent).toEqual([]);
  exporter.queue.add(spans(1_000));
  expect(exporter.sent).toEqual([512]);
  await exporter.answer(null);
  expect(exporter.sent).toEqual([512, 491]);
  await exporter.answer(null);
  expect([exporter.sent, exporter.dropped]).toEqual([[512, 491], []]);
});

test("what a collector that is slow leaves no room for is dropped and counted", async () => {
  const exporter = new Exporter();
  exporter.queue.add(spans(512));
  for (let count = 0; count < 10; count++) exporter.queue.add(spans(300));
  // The first at once; what follows within ten seconds together.
  expect([exporter.queue.dropped, exporter.dropped]).toEqual([1_200, [[300, "full"]]]);
  const closed = exporter.queue.close(0);
  await closed;
  expect(exporter.dropped.slice(1)).toEqual([[900 + 1_800, "closed"]]);
});

test("a batch that fails is told with the reason, and the next one is sent all the same", async () => {
  const exporter = new Exporter();
  exporter.queue.add(spans(600));
  await exporter.answer("Bad Request");
  expect([exporter.sent, exporter.dropped]).toEqual([[512, 88], [[512, "Bad Request"]]]);
  await exporter.answer(null);
  const flushed = exporter.queue.flush();
  await flushed;
  expect(exporter.queue.dropped).toBe(512);
});
