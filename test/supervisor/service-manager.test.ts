/** What a service manager hears, and the sockets that it passes. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openListening } from "../../src/io/listening-descriptor.ts";
import { notify } from "../../src/io/notify-socket.ts";
import { AF_UNIX, posix, SOCK_DGRAM, SOCK_FLAGS } from "../../src/io/posix.ts";
import { unixName } from "../../src/io/socket-name.ts";
import { ServiceManager } from "../../src/supervisor/service-manager.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

const SITE = `
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { body: "fine" } }]
`;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** The other end of `$NOTIFY_SOCKET`. */
class Listener {
  readonly path: string;
  readonly heard: string[] = [];
  readonly #socket: number;

  constructor(path: string) {
    this.path = path;
    const name = unixName(path)!;
    this.#socket = posix!.socket(AF_UNIX, SOCK_DGRAM | SOCK_FLAGS, 0);
    expect(posix!.bind(this.#socket, name, name.length)).toBe(0);
    // As a manager does: the kernel keeps ten messages and refuses the next, whoever sends it.
    const reading = setInterval(() => this.listen(), 5);
    cleanups.push(() => {
      clearInterval(reading);
      posix!.close(this.#socket);
    });
  }

  /** All lines until now. */
  listen(): readonly string[] {
    const bytes = new Uint8Array(4_096);
    for (let count = this.#receive(bytes); count > 0; count = this.#receive(bytes)) {
      this.heard.push(...Buffer.from(bytes.subarray(0, count)).toString().split("\n"));
    }
    return this.heard;
  }

  async until(line: string, times = 1): Promise<void> {
    await eventually(
      () => this.listen().filter((each) => each.startsWith(line)).length >= times,
      line,
      15_000,
    );
  }

  #receive(bytes: Uint8Array): number {
    return posix!.recv(this.#socket, bytes, bytes.length, 0);
  }
}

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "portward-notify-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return join(folder, "notify");
}

describe.skipIf(posix === null)("sd_notify", () => {
  for (const kind of ["a file", "an abstract name"]) {
    test(`reaches ${kind}`, () => {
      const path = kind === "a file" ? socketPath() : `@portward-test-${process.pid}`;
      const listener = new Listener(path);
      const manager = new ServiceManager({ NOTIFY_SOCKET: path }, () => {});
      manager.ready();
      manager.reloading();
      manager.handOver(77);
      manager.stopping();
      const heard = listener.listen();
      expect(heard[0]).toBe("READY=1");
      expect(heard[2]).toBe("RELOADING=1");
      const [, uptime] = /^MONOTONIC_USEC=(\d+)$/.exec(heard[3]!)!;
      const [seconds] = readFileSync("/proc/uptime", "latin1").split(" ");
      // The uptime counts a suspended machine, the clock does not.
      expect(Number(uptime) / 1e6).toBeWithin(1, Number(seconds) + 1);
      expect(heard.slice(4)).toEqual(["MAINPID=77", "STOPPING=1"]);
    });
  }

  test("a manager that is gone is complained of once, and none is no trouble", () => {
    const log: object[] = [];
    const path = socketPath();
    expect(notify(path, ["READY=1"])).toBe("ENOENT");
    const manager = new ServiceManager({ NOTIFY_SOCKET: path }, (line) => log.push(line));
    manager.ready();
    manager.stopping();
    expect(log).toEqual([{ level: "warn", event: "service_manager_unreachable", cause: "ENOENT" }]);
    new ServiceManager({}, (line) => log.push(line)).ready();
    expect(log).toHaveLength(1);
  });

  test("tells of the start, of the watchdog, of a reload, of an upgrade and of the end", async () => {
    const listener = new Listener(socketPath());
    const environment = { NOTIFY_SOCKET: listener.path, WATCHDOG_USEC: "600000" };
    await using program = await RunningProgram.start(SITE, ["--workers", "1"], { environment });
    const { pid } = program;
    await listener.until("READY=1");
    await listener.until("WATCHDOG=1", 2);
    program.signal("SIGHUP");
    await listener.until("RELOADING=1");
    await listener.until("READY=1", 2);
    program.signal("SIGUSR2");
    await program.until("took_over");
    await listener.until("READY=1", 3);
    await program.until("ready", 2);
    const next = program.last("ready").pid!;
    // The one that goes and the one that comes both say who it is, in either order.
    await listener.until(`MAINPID=${next}`, 2);
    expect(listener.heard.filter((line) => line.startsWith("MAINPID="))).toEqual([
      `MAINPID=${pid}`,
      `MAINPID=${pid}`,
      `MAINPID=${next}`,
      `MAINPID=${next}`,
    ]);
    const beats = listener.listen().filter((line) => line === "WATCHDOG=1").length;
    await listener.until("WATCHDOG=1", beats + 2);
    program.signal("SIGTERM", next);
    await listener.until("STOPPING=1");
  });
});

describe.skipIf(posix === null)("socket activation", () => {
  for (const [how, names, listener] of [
    ["name", "web", `{ address: "127.0.0.1:0" }`],
    ["address", "portward.socket", `{ address: "127.0.0.1:PORT" }`],
  ] as const) {
    test(`an inherited socket is used for the listener with its ${how}, by all workers, and not closed by a reload`, async () => {
      const set = openListening(posix!, { kind: "tcp", host: "127.0.0.1", port: 0 }, 1);
      if (!set.ok || set.value.address.kind !== "tcp") throw new Error("no socket");
      const [descriptor] = set.value.descriptors;
      const { port } = set.value.address;
      cleanups.push(() => void posix!.close(descriptor!));
      const waiting = await RawPeer.connect(port);
      waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      const site = SITE.replace('{ address: "127.0.0.1:0" }', listener.replace("PORT", `${port}`));
      const environment = { LISTEN_FDS: "1", LISTEN_FDNAMES: names };
      await using program = await RunningProgram.start(site, ["--workers", "2"], {
        environment,
        descriptors: [descriptor!],
      });
      expect(program.last("socket_inherited")).toMatchObject({ listener: "web" });
      expect(program.port).toBe(port);
      expect(await waiting.until(/fine$/)).toContain("200 OK");
      waiting.socket.destroy();
      for (let i = 0; i < 8; i++) {
        const client = await RawPeer.connect(port);
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.until(/fine$/);
        client.socket.destroy();
      }
    });
  }
});
