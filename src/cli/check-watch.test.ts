import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./program.ts";
import { TestContext } from "./test-context.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portward-watch-"));
});

afterAll(() => rm(folder, { recursive: true }));

test("check --watch checks again when a file is saved, replaced, added or gone, until a signal", async () => {
  const conf = join(folder, "conf");
  await mkdir(conf);
  const file = join(conf, "a.yaml");
  await Bun.write(file, route("/"));
  const watch = new Watch(conf);
  await watch.says("ok: 1 route on 1 listener\n");

  await Bun.write(file, `${route("/")}tests: [{ request: "http://x/", expect: { status: 201 } }]\n`);
  const failed = await watch.says("error[test.failed]: GET http://x/: expected status 201, found an answer");
  expect(failed).toContain(`${file} has changed\n`);

  await Bun.write(join(folder, "new.yaml"), route("/new"));
  await rename(join(folder, "new.yaml"), file);
  await watch.says("ok: 1 route on 1 listener\n");

  await Bun.write(join(conf, "b.yaml"), route("/b"));
  await watch.says("ok: 2 routes on 1 listener\n");

  await rm(file);
  await watch.says("ok: 1 route on 1 listener\n");

  watch.context.signal("SIGINT");
  expect(await watch.code).toBe(0);
  expect(watch.context.handlerCount).toBe(0);
});

test("a file that was missing is checked once it is there", async () => {
  const file = join(folder, "later.yaml");
  const watch = new Watch(file);
  await watch.says("error[file.missing]");
  await Bun.write(file, route("/"));
  await watch.says("ok: 1 route");
  watch.context.signal("SIGTERM");
  expect(await watch.code).toBe(0);
});

/** A running `check --watch`. */
class Watch {
  readonly context = new TestContext();
  readonly code: Promise<number>;
  #text = "";
  #onText = () => {};

  constructor(path: string) {
    const print = (text: string) => {
      this.#text += text;
      this.#onText();
    };
    Object.assign(this.context, { out: print, err: print });
    this.code = runProgram(["check", "--watch", "--config", path], this.context);
  }

  /** Waits until this has been said and a check is over; gives all that has been said since the last time. */
  async says(expected: string): Promise<string> {
    while (!this.#text.includes(expected) || !this.#text.endsWith("(Ctrl-C ends)\n")) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onText = resolve;
      await promise;
    }
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

function route(path: string): string {
  return `routes: [{ listen: 5000, path: ${path}, respond: {} }]\n`;
}
