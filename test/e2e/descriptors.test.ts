/** The real program with few descriptors, and more clients than it can have. */
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  childrenOf,
  cleanUp,
  PORTWARD,
  readUntil,
  start,
  temporaryFolder,
  writeFile,
} from "../cli/support.ts";
import { ask } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";

afterEach(cleanUp);

const LIMIT = 300;

async function runWithFewDescriptors(routes: string) {
  const settings = "{ timeouts: { keep_alive: 60s, head: 60s }, drain: 1s }";
  const file = writeFile(join(temporaryFolder(), "site.yaml"), `settings: ${settings}\nroutes:\n${routes}\n`);
  const run = [PORTWARD, "run", "--config", file, "--workers", "1", "--admin", "off"];
  const child = start(["sh", "-c", `ulimit -n ${LIMIT}; exec "$0" "$@"`, ...run]);
  const ready = await readUntil(child.stderr, /"event":"ready".*\n/);
  return { child, port: Number(/"address":"127\.0\.0\.1:(\d+)"/.exec(ready)![1]) };
}

/** User and system time of the worker. */
function cpuMs(supervisor: number): number {
  const [worker] = childrenOf(supervisor);
  const fields = readFileSync(`/proc/${worker}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

test.skipIf(process.platform !== "linux")(
  "with no descriptor left for clients it leaves off accepting, at rest, keeps what it has, and goes on later",
  async () => {
    const { child, port } = await runWithFewDescriptors(
      `  - { listen: "127.0.0.1:0", path: /, respond: { status: 200, body: hi } }`,
    );
    const logged = readUntil(child.stderr, /"event":"accept_resumed".*\n/);
    const clients: RawPeer[] = [];
    for (let i = 0; i < 2 * LIMIT; i++) clients.push(await RawPeer.connect(port));
    for (const client of clients) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const answered = () => clients.filter(({ received }) => received.endsWith("hi"));
    await eventually(() => answered().length > LIMIT / 2, "half of the descriptors in use");
    await Bun.sleep(100);
    const before = answered();
    // A process that is woken by what it cannot accept would spend all of this time.
    const [spentMs, wallMs] = [cpuMs(child.pid), performance.now()];
    await Bun.sleep(1_000);
    expect(cpuMs(child.pid) - spentMs).toBeLessThan((performance.now() - wallMs) / 4);
    expect(before.length).toBeLessThan(LIMIT);
    expect(answered()).toHaveLength(before.length);
    // Those that it has are served on.
    expect((await ask(before[0]!, "GET / HTTP/1.1", "Host: h")).body).toBe("hi");
    // Whoever has its answer makes room for the next.
    await eventually(() => {
      for (const client of answered()) client.socket.destroy();
      return answered().length === clients.length;
    }, "everybody's answer");
    const log = await logged;
    expect(log.match(/"event":"accept_paused"/g)).toHaveLength(1);
    expect(log).toContain(`"descriptor_limit":${LIMIT}`);
    expect(log).not.toContain('"event":"internal"');
  },
  60_000,
);

test.skipIf(process.platform !== "linux")(
  "the reserve is for targets: whoever has been accepted reaches them",
  async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await runWithFewDescriptors(
      `  - { listen: "127.0.0.1:0", path: /, targets: ["${upstream.target}"] }`,
    );
    const logged = readUntil(child.stderr, /"event":"accept_paused".*\n/);
    const clients: RawPeer[] = [];
    for (let i = 0; i < LIMIT; i++) clients.push(await RawPeer.connect(port));
    await logged;
    clients[0]!.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await clients[0]!.until(/ok$/);
    for (const client of clients) client.socket.destroy();
  },
  60_000,
);
