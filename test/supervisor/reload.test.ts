/** Another configuration while clients are connected: in all workers, or in none. */
import { describe, expect, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

function site(body: string, ...ports: number[]): string {
  const routes = ports.map(
    (port) => `  - { listen: "127.0.0.1:${port}", path: /, respond: { body: "${body}" } }`,
  );
  return ["routes:", ...routes, ""].join("\n");
}

async function ask(peer: RawPeer): Promise<string> {
  peer.clear();
  peer.send(REQUEST);
  const answer = await peer.until(/\r\n\r\n./);
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

async function askAnew(port: number): Promise<string> {
  const peer = await RawPeer.connect(port);
  const answer = await ask(peer);
  peer.socket.destroy();
  return answer;
}

describe.skipIf(posix === null)("SIGHUP", () => {
  test("changes what every worker answers, on the connections that are there", async () => {
    const [port, added] = [freePort(), freePort()];
    await using program = await RunningProgram.start(site("one", port), ["--workers", "2"]);
    const workers = program.workers();
    const peers = await Promise.all(Array.from({ length: 12 }, () => RawPeer.connect(port)));
    for (const peer of peers) expect(await ask(peer)).toBe("one");
    await program.configure(site("two", port, added));
    program.signal("SIGHUP");
    expect(await program.until("reloaded")).toMatchObject({ level: "info", trigger: "signal" });
    for (const peer of peers) expect(await ask(peer)).toBe("two");
    for (let i = 0; i < 6; i++) expect(await askAnew(added)).toBe("two");
    await program.configure(site("three", added));
    program.signal("SIGHUP");
    await program.until("reloaded", 2);
    for (let i = 0; i < 6; i++) expect(await askAnew(added)).toBe("three");
    expect(askAnew(port)).rejects.toThrow("ECONNREFUSED");
    expect(program.workers()).toEqual(workers);
    for (const peer of peers) peer.socket.destroy();
  });

  test("a worker that takes a place later serves by what is in force then", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site("one", port), ["--workers", "1"]);
    await program.configure(site("two", port));
    program.signal("SIGHUP");
    await program.until("reloaded");
    program.signal("SIGKILL", program.workers()[0]!);
    await program.until("worker_ready");
    expect(await askAnew(port)).toBe("two");
  });

  for (const [what, text, says] of [
    ["a mistake in it", "routes: [{ lisen: 5000 }]\n", "error[config.unknown_key]"],
    ["a port that is taken", null, "error[listener.bind]: listener '"],
    [
      "an access log that cannot be opened",
      `settings: { access_log: /nowhere/at/all.log }\n${site("two", 0)}`,
      "error[access_log.open]",
    ],
  ] as const) {
    test(`with ${what} changes nothing, and says why`, async () => {
      const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const port = freePort();
      await using program = await RunningProgram.start(site("one", port), ["--workers", "2"]);
      const workers = program.workers();
      await program.configure(text ?? site("two", port, taken.port));
      program.signal("SIGHUP");
      const refused = await program.until("reload_refused");
      expect(refused).toMatchObject({ level: "error", trigger: "signal" });
      expect(JSON.stringify(refused["findings"])).toContain(says);
      for (let i = 0; i < 6; i++) expect(await askAnew(port)).toBe("one");
      taken.stop(true);
      // Those that had got ready and were called off follow the next one as the one does that had tried it.
      const added = freePort();
      await program.configure(site("three", port, added));
      program.signal("SIGHUP");
      await program.until("reloaded");
      for (let i = 0; i < 12; i++) expect(await askAnew(i % 2 === 0 ? port : added)).toBe("three");
      expect(program.workers()).toEqual(workers);
    });
  }
});

describe.skipIf(posix === null)("--watch", () => {
  test("reloads when the file is saved", async () => {
    const port = freePort();
    await using program = await RunningProgram.start(site("one", port), ["--workers", "1", "--watch"]);
    await program.configure(site("two", port));
    expect(await program.until("reloaded")).toMatchObject({ trigger: "watch" });
    expect(await askAnew(port)).toBe("two");
  });
});
