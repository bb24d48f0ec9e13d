/**
 * The three files of the original implementation, as they are, under the real program. Where one of their ports
 * is taken on this machine, and only there, a copy has another number in its place.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DemoPorts, ORIGINAL_PORTS, PORT_NAMES } from "../../src/cli/demo/ports.ts";
import { type DemoUpstreams, startDemoUpstreams } from "../../src/cli/demo/upstreams.ts";
import { PORTWARD, ROOT, readUntil } from "../cli/support.ts";
import { askOnce } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";

const FIXTURES = join(ROOT, "fixtures/liteginx");
const copies = mkdtempSync(join(tmpdir(), "portward-original-"));

let upstreams: DemoUpstreams;
let ports: DemoPorts;
let child: Bun.Subprocess<"ignore", "ignore", "pipe">;

beforeAll(async () => {
  upstreams = startDemoUpstreams();
  ports = upstreams.ports;
  const folder = folderFor(ports);
  child = Bun.spawn([PORTWARD, "run", "--config", folder, "--admin", "off"], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  await readUntil(child.stderr, /"event":"ready"/);
});

afterAll(async () => {
  child.kill("SIGKILL");
  await child.exited;
  await upstreams.stop();
  rmSync(copies, { recursive: true });
});

/** The fixtures themselves when all ports are free, else copies with other numbers. */
function folderFor(found: DemoPorts): string {
  const moved = PORT_NAMES.filter((name) => found[name] !== ORIGINAL_PORTS[name]);
  if (moved.length === 0) return FIXTURES;
  for (const file of readdirSync(FIXTURES)) {
    const text = readFileSync(join(FIXTURES, file), "utf8").replace(/\b\d{4}\b/g, (number) => {
      const name = moved.find((each) => String(ORIGINAL_PORTS[each]) === number);
      return name === undefined ? number : String(found[name]);
    });
    writeFileSync(join(copies, file), text);
  }
  return copies;
}

const of = (target: string) => askOnce(ports.http, `GET ${target} HTTP/1.1`, "Host: localhost");

/** Where the echo page of the demo's upstream says that a request arrived. */
async function arrivesAt(target: string): Promise<string> {
  const { body } = await askOnce(
    ports.http,
    `GET ${target} HTTP/1.1`,
    "Host: localhost",
    "Accept: application/json",
  );
  return body;
}

describe("HTTP on one port, merged from two files", () => {
  test("/one reaches its own targets, unchanged", async () => {
    expect(await of("/one")).toMatchObject({ status: 200, body: '{"message":"one"}' });
  });

  test("/two is rewritten to /", async () => {
    expect(await of("/two")).toMatchObject({ status: 200, body: '{"message":"two"}' });
    expect(await of("/two/")).toMatchObject({ status: 200, body: '{"message":"two"}' });
    expect(await of("/two?x=1")).toMatchObject({ status: 200, body: '{"message":"two"}' });
    expect(await arrivesAt("/two/deep/er?x=1&y")).toContain("/deep/er?x=1&y");
    expect(await arrivesAt("/one/deep?x=1")).toContain("/one/deep?x=1");
  });

  test("what neither names is a 404 in the original's words", async () => {
    for (const target of ["/", "/three", "/onetwo", "/ONE"]) {
      expect(await of(target)).toMatchObject({ status: 404, body: '{"detail":"not found"}' });
    }
  });

  test("a hundred requests at once all come back", async () => {
    const answers = Array.from({ length: 100 }, (_, index) => of(index % 2 === 0 ? "/one" : "/two"));
    const bodies = (await Promise.all(answers)).map(({ body }) => body);
    expect(bodies).toEqual(
      Array.from({ length: 100 }, (_, index) => `{"message":"${index % 2 === 0 ? "one" : "two"}"}`),
    );
  });
});

describe("TCP", () => {
  test("lines come back, and the end of sending is passed on", async () => {
    using client = await RawPeer.connect(ports.tcp);
    client.send("hello\n");
    await client.until(/^hello\n$/);
    client.send("unfinished");
    client.socket.end();
    expect(await client.untilEnd()).toBe("hello\nunfinished");
  });

  test("a megabyte of lines comes back whole", async () => {
    using client = await RawPeer.connect(ports.tcp);
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `line ${index} ${"x".repeat(index % 90)}\n`,
    ).join("");
    client.send(lines);
    await client.untilBytes(lines.length);
    expect(client.received === lines).toBe(true);
  });
});

test("SIGTERM ends it with 0, and its ports are free again", async () => {
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  for (const port of [ports.http, ports.tcp]) {
    const refused = await new Promise((resolve) => {
      const socket = net.connect({ host: "127.0.0.1", port }, () => resolve("connected"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(refused).toBe("ECONNREFUSED");
  }
});
