/** An HTTP/2 connection, with Node's own http2 at the client's end, that lives through reloads. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { startNodeUpstream } from "../support/node-upstream.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** Kept in Node from step to step. */
interface Kept {
  h2: ReturnType<typeof import("node:http2")["connect"]>;
  slow: ReturnType<Kept["h2"]["request"]>;
}

function connect(port: number): Promise<void> {
  return node.run(async ({ http2, later }, port) => {
    const kept = globalThis as unknown as Kept;
    kept.h2 = http2.connect(`http://127.0.0.1:${port}`);
    kept.h2.on("error", () => {});
    later(() => kept.h2.destroy());
  }, port);
}

/** One more request on the same connection. */
function ask(path: string, headers: Record<string, string> = {}): Promise<string> {
  return node.run(
    async ({ once }, { path, headers }: { path: string; headers: Record<string, string> }) => {
      const stream = (globalThis as unknown as Kept).h2.request({ ":path": path, ...headers });
      await once(stream, "response");
      return Buffer.concat(await stream.toArray()).toString();
    },
    { path, headers },
  );
}

const saying = (text: string, slow: string) => `
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, respond: { status: 200, body: ${text} } }
  - ${slow}`;

test("streams that are under way end as they began, those that follow get the new configuration", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(
    saying("old", `{ listen: web, path: /slow, targets: ["${upstream.target}"] }`),
  );
  await connect(proxy.port());
  expect(await ask("/")).toBe("old");
  await node.run(async () => {
    const kept = globalThis as unknown as Kept;
    kept.slow = kept.h2.request({ ":path": "/slow" });
  }, null);
  const target = await upstream.accept();
  await target.until(/\r\n\r\n/);
  await proxy.reloaded(saying("new", "{ listen: web, path: /slow, respond: { status: 404 } }"));
  expect(await ask("/")).toBe("new");
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
  const slow = await node.run(async () => {
    const { slow } = globalThis as unknown as Kept;
    return Buffer.concat(await slow.toArray()).toString();
  }, null);
  expect(slow).toBe("slow");
  expect(proxy.running.census().listeners).toMatchObject([{ connections: 1 }]);
});

test("whom to believe is asked anew", async () => {
  const target = `127.0.0.1:${await startNodeUpstream(node)}`;
  const trusting = (networks: string) => `
settings: { trusted_proxies: ${networks} }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${target}"] }]`;
  await using proxy = await startTestProxy(trusting("[]"));
  await connect(proxy.port());
  const believed = async () =>
    JSON.parse(await ask("/describe", { "x-forwarded-for": "203.0.113.9" })).headers["x-forwarded-for"];
  expect(await believed()).not.toContain("203.0.113.9");
  await proxy.reloaded(trusting('["127.0.0.0/8"]'));
  expect(await believed()).toContain("203.0.113.9");
});
