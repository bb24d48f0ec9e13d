/** Addresses that a reload cannot have, asked of the real program: it says so in one line, serves on, and tries again. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { posix } from "../../src/io/posix.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { askOnce } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";

function site(body: string, ...addresses: string[]): string {
  const routes = addresses.map(
    (address) => `  - { listen: "${address}", path: /, respond: { body: "${body}" } }`,
  );
  return ["routes:", ...routes, ""].join("\n");
}

async function takenPort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, free: () => new Promise((resolve) => void server.close(() => resolve())) };
}

/** A long-lived client, which must not notice anything. */
async function servedOn(program: RunningProgram, client: RawPeer, body: string): Promise<void> {
  expect((await askOnce(program.port, "GET / HTTP/1.1", "Host: h")).body).toBe(body);
  client.clear();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await client.until(new RegExp(`${body}$`));
}

describe.skipIf(posix === null)("a reload", () => {
  test("onto a port that is taken", async () => {
    const taken = await takenPort();
    await using program = await RunningProgram.start(site("old", "127.0.0.1:0"), ["--workers", "2"]);
    using client = await RawPeer.connect(program.port);
    await program.configure(site("new", "127.0.0.1:0", `127.0.0.1:${taken.port}`));
    program.signal("SIGHUP");
    const refused = await program.until("reload_refused");
    expect(JSON.stringify(refused)).toContain(
      `listener '127.0.0.1:${taken.port}' cannot be opened: another process listens there (EADDRINUSE)`,
    );
    await servedOn(program, client, "old");
    await taken.free();
    program.signal("SIGHUP");
    await program.until("reloaded");
    await servedOn(program, client, "new");
    expect(program.count("reload_refused")).toBe(1);
  }, 60_000);

  test.skipIf(!canDropRight())(
    "onto a port that this process may not have",
    async () => {
      const under = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"];
      await using program = await RunningProgram.start(
        site("old", "127.0.0.1:0"),
        ["--workers", "1"],
        process.getuid!() === 0 ? { under } : {},
      );
      using client = await RawPeer.connect(program.port);
      await program.configure(site("new", "127.0.0.1:0", "127.0.0.1:1"));
      program.signal("SIGHUP");
      expect(JSON.stringify(await program.until("reload_refused"))).toContain(
        "listener '127.0.0.1:1' cannot be opened: this user may not (ports below 1024 need a capability) (EACCES)",
      );
      await servedOn(program, client, "old");
    },
    60_000,
  );
});

/** Not where the kernel was told that anybody may, as container engines do. */
function canDropRight(): boolean {
  if (process.platform !== "linux") return false;
  const isReserved = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) > 1;
  return isReserved && (process.getuid!() !== 0 || Bun.which("setpriv") !== null);
}
