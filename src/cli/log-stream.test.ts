import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import { createLogStream } from "./log-stream.ts";

/** A stream whose reader takes nothing before `release`. */
function stalled(): { stream: Writable; lines: string[]; release: () => void } {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback): void {
      const take = () => {
        lines.push(chunk.toString());
        callback();
      };
      if (isOpen) take();
      else waiting.push(take);
    },
  });
  const release = () => {
    isOpen = true;
    for (const take of waiting.splice(0)) take();
  };
  return { stream, lines, release };
}

test("writes one JSON line each", async () => {
  const { stream, lines, release } = stalled();
  release();
  const { log, flush } = createLogStream(stream);
  log({ level: "info", text: "a\nb" });
  await flush(1_000);
  expect(lines).toEqual(['{"level":"info","text":"a\\nb"}\n']);
});

test("drops what a stalled reader would make it keep, and says how much once it can", async () => {
  const { stream, lines, release } = stalled();
  const { log, flush } = createLogStream(stream, 30);
  for (let number = 0; number < 10; number++) log({ number });
  const flushed = flush(1_000);
  release();
  await flushed;
  expect(lines).toEqual([
    '{"number":0}\n',
    '{"number":1}\n',
    '{"number":2}\n',
    '{"level":"warn","event":"log_lines_dropped","count":7}\n',
  ]);
});

test("a reader that never takes anything does not hold up the exit", async () => {
  const { log, flush } = createLogStream(stalled().stream);
  log({});
  await flush(1);
});

test("a reader that has gone is no reason to end", async () => {
  const stream = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error("EPIPE")) });
  const { log } = createLogStream(stream);
  log({});
  await new Promise(setImmediate);
  log({});
});
