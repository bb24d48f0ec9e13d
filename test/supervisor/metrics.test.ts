/** `/metrics` of the real program: what two workers count, added up, over deaths of workers and reloads. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { lintExposition } from "../metrics/lint-exposition.ts";
import { Shown } from "../metrics/shown.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

const TWO = ["--workers", "2", "--admin", "127.0.0.1:0"];

function site(port: number, more = ""): string {
  return `
name: site
routes:
  - { listen: "127.0.0.1:${port}", path: /, respond: { body: hello } }
${more}`;
}

async function metrics(program: RunningProgram, accept = "text/plain"): Promise<Shown> {
  const answer = await fetch(`http://${program.last("ready")["admin"]}/metrics`, { headers: { accept } });
  expect(answer.status).toBe(200);
  const contentType = answer.headers.get("content-type")!;
  const body = await answer.text();
  expect(lintExposition(body, contentType.startsWith("text/plain") ? "prometheus" : "openMetrics")).toEqual(
    [],
  );
  return new Shown({ contentType, body });
}

/** On connections of their own, so that both workers get some. */
async function ask(port: number, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    using peer = await RawPeer.connect(port);
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await peer.until(/hello$/);
  }
}

setDefaultTimeout(60_000);

describe.skipIf(posix === null)("the metrics of two workers", () => {
  test("are those of both, and are kept when one is killed", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site(port), TWO);
    await ask(port, 20);
    const before = await metrics(program, "application/openmetrics-text;version=1.0.0");
    expect(before.sum("portward_requests_total", { route: "site/0", code: "2xx" })).toBe(20);
    expect(before.sum("portward_connections_accepted_total")).toBe(20);
    const name = { listener: `127.0.0.1:${port}`, route: "site/0", upstream: "", code: "2xx" };
    expect(before.value("portward_request_duration_seconds_count", name)).toBe(20);
    expect(before.sum("portward_worker_up")).toBe(2);
    expect(before.sum("portward_worker_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect(before.value("process_open_fds")).toBeGreaterThan(2);

    program.signal("SIGKILL", program.workers()[0]!);
    await program.until("worker_ready");
    await ask(port, 10);
    const after = await metrics(program);
    expect(after.sum("portward_requests_total", { route: "site/0", code: "2xx" })).toBe(30);
    expect(after.sum("portward_worker_up")).toBe(2);
  });

  test("tell of reloads, of new routes, and no more of routes that are gone", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site(port), TWO);
    expect((await metrics(program)).value("portward_last_reload_successful")).toBe(1);
    await ask(port, 5);
    await program.configure(
      site(port, `  - { listen: "127.0.0.1:${port}", path: /new, respond: { body: new } }`),
    );
    program.signal("SIGHUP");
    await program.until("reloaded");
    await ask(port, 5);
    await fetch(`http://127.0.0.1:${port}/new`).then((answer) => answer.text());
    const grown = await metrics(program);
    expect(grown.sum("portward_requests_total", { route: "site/0" })).toBe(10);
    expect(grown.sum("portward_requests_total", { route: "site/1" })).toBe(1);
    expect(grown.value("portward_reloads_total", { result: "done" })).toBe(1);

    await program.configure("routes: [{ lisen: 1 }]\n");
    program.signal("SIGHUP");
    await program.until("reload_refused");
    await program.configure(site(port));
    program.signal("SIGHUP");
    await program.until("reloaded", 2);
    const shrunk = await metrics(program);
    expect(shrunk.sum("portward_requests_total", { route: "site/0" })).toBe(10);
    expect(shrunk.sum("portward_requests_total", { route: "site/1" })).toBe(0);
    expect(shrunk.value("portward_reloads_total", { result: "done" })).toBe(2);
    expect(shrunk.value("portward_reloads_total", { result: "refused" })).toBe(1);
    expect(shrunk.value("portward_last_reload_successful")).toBe(1);
  });

  test("are told while a worker stands still, and by the supervisor that follows one that was killed", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site(port), TWO);
    await ask(port, 10);
    const [worker] = program.workers();
    program.signal("SIGSTOP", worker!);
    expect((await metrics(program)).sum("portward_requests_total")).toBe(10);
    program.signal("SIGCONT", worker!);

    program.signal("SIGKILL");
    await program.exited;
    await program.launch(TWO);
    await program.until("took_over");
    await ask(port, 5);
    expect((await metrics(program)).sum("portward_requests_total", { code: "2xx" })).toBe(15);
  });

  test("are refused to other sites, like everything there", async () => {
    await using program = await RunningProgram.start(site(freePort()), TWO);
    const url = `http://${program.last("ready")["admin"]}/metrics`;
    const strange = await fetch(url, { headers: { Host: "evil.example" } });
    expect(strange.status).toBeWithin(400, 500);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
  });
});
