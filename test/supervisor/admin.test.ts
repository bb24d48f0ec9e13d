/** The admin address of the real program, with two workers: what they say together, and what they are told. */
import { describe, expect, test } from "bun:test";
import type { ConnectionsView, RequestsView, SnapshotView, WorkersView } from "../../src/admin/views.ts";
import { posix } from "../../src/io/posix.ts";
import { EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

const TWO = ["--workers", "2", "--admin", "127.0.0.1:0"];

function site(port: number, targets: readonly string[], more = ""): string {
  return `
name: site
upstreams: { api: { targets: [${targets.map((target) => `"${target}"`).join(", ")}], balance: round_robin } }
routes:
  - { listen: "127.0.0.1:${port}", path: /, upstream: api }
${more}`;
}

class Admin {
  readonly #base: string;

  constructor(program: RunningProgram) {
    this.#base = `http://${program.last("ready")["admin"]}`;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.#base + path)).json()) as T;
  }

  post(path: string): Promise<Response> {
    return fetch(this.#base + path, { method: "POST" });
  }

  async states(): Promise<string[]> {
    const { upstreams } = await this.get<SnapshotView>("/api/snapshot");
    return upstreams[0]!.targets.map(({ state }) => state);
  }
}

async function get(peer: RawPeer, target: string): Promise<string> {
  peer.clear();
  peer.send(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
  return await peer.until(/\r\n\r\n\{.*\}$/s);
}

describe.skipIf(posix === null)("the admin address of two workers", () => {
  test("tells connections, requests and load of both", async () => {
    await using upstream = await EchoUpstream.start("a");
    const port = freePort();
    await using program = await RunningProgram.start(site(port, [upstream.target]), TWO);
    const admin = new Admin(program);
    const peers = await Promise.all(Array.from({ length: 12 }, () => RawPeer.connect(port)));
    for (const [index, peer] of peers.entries()) await get(peer, `/${index}?q=secret`);

    const { workers } = await admin.get<WorkersView>("/api/workers");
    expect(workers.map(({ id, pid }) => [id, pid])).toEqual(
      program.workers().map((pid, index) => [index, pid]),
    );
    expect(workers.reduce((sum, { connections }) => sum + connections, 0)).toBe(12);

    const first = await admin.get<ConnectionsView>("/api/connections?limit=7");
    const second = await admin.get<ConnectionsView>(`/api/connections?limit=7&after=${first.next}`);
    const ids = [...first.connections, ...second.connections].map(({ id }) => id);
    expect([first.connections.length, second.connections.length, second.next]).toEqual([7, 5, null]);
    expect(new Set(ids).size).toBe(12);
    expect(new Set(ids.map((id) => id.split(":")[0]))).toEqual(new Set(["0", "1"]));

    const { requests } = await admin.get<RequestsView>("/api/requests");
    // Within a millisecond, nobody knows which worker's came first.
    expect(requests.map(({ path }) => path).sort()).toEqual(
      [...peers.keys()].map((index) => `/${index}?q=***`).sort(),
    );
    const { listeners } = await admin.get<SnapshotView>("/api/snapshot");
    expect(listeners[0]!.connections).toBe(12);
    for (const peer of peers) peer.socket.destroy();
  });

  test("a drained target gets nothing from any worker, over a reload and a worker's death, until it is enabled", async () => {
    await using kept = await EchoUpstream.start("kept");
    await using drained = await EchoUpstream.start("drained");
    const port = freePort();
    const targets = [kept.target, drained.target];
    await using program = await RunningProgram.start(site(port, targets), TWO);
    const admin = new Admin(program);
    const askAll = async () => {
      for (let i = 0; i < 8; i++) {
        const peer = await RawPeer.connect(port);
        await get(peer, "/");
        peer.socket.destroy();
      }
    };
    expect((await admin.post(`/api/drain/${drained.target}`)).status).toBe(200);
    await askAll();
    expect(drained.requests).toBe(0);
    expect(await admin.states()).toEqual(["up", "drained"]);

    await program.configure(
      site(port, targets, `  - { listen: "127.0.0.1:${port}", path: /x, respond: {} }`),
    );
    expect((await admin.post("/api/reload")).status).toBe(200);
    for (const pid of program.workers()) program.signal("SIGKILL", pid);
    await program.until("worker_ready", 2);
    await askAll();
    expect([drained.requests, kept.requests]).toEqual([0, 16]);

    expect((await admin.post(`/api/enable/${drained.target}`)).status).toBe(200);
    await askAll();
    expect(drained.requests).toBeGreaterThan(0);
    expect(await admin.states()).toEqual(["up", "up"]);
  });

  test("a reload that is refused says why, and changes nothing", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site(port, ["127.0.0.1:1"]), TWO);
    const admin = new Admin(program);
    const test = `tests: [ { request: "GET http://h/", expect: { status: 201 } } ]\n`;
    await program.configure(site(port, ["127.0.0.1:1"], test));
    const refused = await admin.post("/api/reload");
    const finding = { code: "test.failed", file: program.configPath, line: 6 };
    expect([refused.status, await refused.json()]).toMatchObject([422, { diagnostics: [finding] }]);
    expect(await admin.get<object>("/api/config/status")).toMatchObject({
      last_reload: { result: "refused", trigger: "admin", diagnostics: [finding] },
    });
    await program.configure(site(port, ["127.0.0.1:1"]));
    expect((await admin.post("/api/reload")).status).toBe(200);
  });

  test("a worker that hangs does not hold up what is told of the other", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site(port, ["127.0.0.1:1"]), TWO);
    const admin = new Admin(program);
    const [hanging] = program.workers();
    program.signal("SIGSTOP", hanging!);
    const { workers } = await admin.get<WorkersView>("/api/workers");
    program.signal("SIGCONT", hanging!);
    expect(workers.map(({ pid }) => pid)).not.toContain(hanging!);
    expect(workers.length).toBeGreaterThan(0);
  });

  test("POST /api/stop ends all of it with 0", async () => {
    await using program = await RunningProgram.start(site(freePort(), ["127.0.0.1:1"]), TWO);
    expect((await new Admin(program).post("/api/stop")).status).toBe(202);
    expect(await program.exited).toBe(0);
    await eventually(() => program.count("draining") === 1, "a line that says so");
  });
});

test.skipIf(posix === null)(
  "an admin address that is taken ends the start, and nothing is told of workers",
  async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const program = new RunningProgram();
    await using _ = program;
    await program.configure(site(freePort(), ["127.0.0.1:1"]));
    expect(await program.tryLaunch(["--workers", "2", "--admin", `127.0.0.1:${taken.port}`])).toBe(1);
    await program.until(
      `portward: error[admin.bind]: the admin address 127.0.0.1:${taken.port} cannot be opened: another process listens there (EADDRINUSE); choose another with --admin, or --admin off`,
    );
    expect(program.lines.map(({ event }) => event)).not.toContain("worker_died");
    taken.stop(true);
  },
  60_000,
);
