import { expect, test } from "bun:test";
import { err, ok } from "../base/result.ts";
import { servedHere } from "../supervisor/supervise.ts";
import { logReady, serve } from "./serve.ts";
import { FakeProxy, TestContext } from "./test-context.ts";

async function serving(): Promise<{ context: TestContext; proxy: FakeProxy; exitCode: Promise<number> }> {
  const context = new TestContext();
  const proxy = new FakeProxy();
  const options = { drainMs: () => 1_000, hasFiles: true, onReady: logReady(context) };
  const exitCode = serve(Promise.resolve(servedHere(ok(proxy))), options, context);
  await context.watched;
  return { context, proxy, exitCode };
}

test("says that it is ready, with what listens and the process id", async () => {
  const { context, proxy, exitCode } = await serving();
  expect(context.logged).toEqual([
    { level: "info", event: "ready", listeners: proxy.listeners, pid: process.pid },
  ]);
  proxy.finishDraining();
  context.signal("SIGTERM");
  await exitCode;
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} waits for the drain, then exits with 0 and minds no signal any more`, async () => {
    const { context, proxy, exitCode } = await serving();
    context.signal(signal);
    expect(proxy.drains).toEqual([1_000]);
    expect(proxy.isStopped).toBe(false);
    proxy.finishDraining();
    expect(await exitCode).toBe(0);
    expect(context.handlerCount).toBe(0);
  });
}

test("a second signal stops at once, whichever the two are", async () => {
  const { context, proxy, exitCode } = await serving();
  context.signal("SIGTERM");
  context.signal("SIGINT");
  expect(proxy.isStopped).toBe(true);
  expect(await exitCode).toBe(0);
});

test("the loss of npx ends it like a signal, but does not count as a second one", async () => {
  const { context, proxy, exitCode } = await serving();
  context.signal("SIGINT");
  context.signal("parentLost");
  expect(proxy.isStopped).toBe(false);
  proxy.finishDraining();
  expect(await exitCode).toBe(0);

  const orphaned = await serving();
  orphaned.context.signal("parentLost");
  expect(orphaned.proxy.drains).toEqual([1_000]);
  orphaned.proxy.finishDraining();
  expect(await orphaned.exitCode).toBe(0);
});

test("SIGHUP, where there is no file to read again, says so and changes nothing", async () => {
  const { context, proxy, exitCode } = await serving();
  context.signal("SIGHUP");
  expect(context.logged.at(-1)).toMatchObject({ level: "warn", event: "reload_unavailable" });
  expect(proxy.drains).toEqual([]);
  context.signal("SIGINT");
  proxy.finishDraining();
  await exitCode;
});

test("SIGUSR1 has the logs opened by their names again", async () => {
  const { context, proxy, exitCode } = await serving();
  context.signal("SIGUSR1");
  expect(proxy.reopened).toBe(1);
  expect(context.logged.at(-1)).toEqual({ level: "info", event: "logs_reopened" });
  context.signal("SIGINT");
  proxy.finishDraining();
  await exitCode;
});

test("every reason not to start is printed with its place, and ends in 1", async () => {
  const context = new TestContext();
  const failed = err([
    {
      code: "listener.in_use",
      message: "port 5000 is taken",
      listener: ":5000",
      origin: { file: "a.yaml", line: 3, column: 9 },
    },
    { code: "admin.in_use", message: "127.0.0.1:9180 is taken", listener: null, origin: null },
  ]);
  const options = { drainMs: () => 0, hasFiles: true, onReady: () => {} };
  expect(await serve(Promise.resolve(failed), options, context)).toBe(1);
  expect(context.complained).toBe(
    "a.yaml:3:9: error[listener.in_use]: port 5000 is taken\n" +
      "portward: error[admin.in_use]: 127.0.0.1:9180 is taken\n",
  );
});

test("a proxy that ends by a mistake of ours is not taken for a wanted end", async () => {
  const { proxy, exitCode } = await serving();
  proxy.fail(new Error("oops"));
  expect(exitCode).rejects.toThrow("oops");
});
