/** wrk, which counts refused connections, resets and other statuses by itself, while processes come and go. */
import { expect, test } from "bun:test";
import { changeProcesses } from "../soak/process-soak.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { program } from "./programs.ts";

const SECONDS = 8;

test("wrk sees no error during reloads, ends of workers and an upgrade", async () => {
  await using upstream = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("well") });
  const site = (mark: number) =>
    `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["127.0.0.1:${upstream.port}"] },` +
    ` { listen: "127.0.0.1:0", path: /${mark}, respond: {} }]\n`;
  await using portward = await RunningProgram.start(site(0), ["--workers", "2"]);
  const url = `http://127.0.0.1:${portward.port}/`;
  const wrk = Bun.spawn([program("wrk"), "-t1", "-c64", `-d${SECONDS}s`, url], { stdout: "pipe" });
  const numbers = { reloads: 5, ends: 2, upgrades: 1, seconds: SECONDS - 3 };
  await changeProcesses(portward, numbers, site, () => {});
  const report = await wrk.stdout.text();
  expect(report).not.toContain("Socket errors");
  expect(report).not.toContain("Non-2xx");
  expect(Number(/(\d+) requests in/.exec(report)![1])).toBeGreaterThan(500);
}, 60_000);
