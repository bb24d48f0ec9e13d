/** A reload that cannot be carried out changes nothing, says all that is wrong, and may be tried again. */
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { ask, askOnce } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const servers: net.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Somebody else's socket. */
async function takenPort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { port, free: () => new Promise((resolve) => void server.close(() => resolve())) };
}

function site(text: string, listeners: Readonly<Record<string, string>>, settings = "{}"): string {
  const lines = Object.entries(listeners).map(([name, address]) => `  ${name}: { address: "${address}" }`);
  const names = Object.keys(listeners).join(", ");
  return `
settings: ${settings}
listeners:
${lines.join("\n")}
routes: [{ listen: [${names}], path: /, respond: { status: 200, body: ${text} } }]
`;
}

/** The codes and messages. */
async function failuresOf(proxy: TestProxy, yaml: string): Promise<string[]> {
  const reload = await proxy.reload(yaml);
  return reload.ok ? [] : reload.error.map(({ code, message }) => `${code}: ${message}`);
}

test("ports that are taken: each is named, none of the others is opened, and the old one goes on", async () => {
  const [first, second] = [await takenPort(), await takenPort()];
  await using proxy = await startTestProxy(site("old", { web: "127.0.0.1:0" }));
  const port = proxy.port();
  using client = await RawPeer.connect(port);
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("old");
  const wanted = site("new", {
    web: "127.0.0.1:0",
    free: "127.0.0.1:0",
    one: `127.0.0.1:${first.port}`,
    two: `127.0.0.1:${second.port}`,
  });
  expect(await failuresOf(proxy, wanted)).toEqual([
    "listener.bind: listener 'one' cannot be opened: another process listens there (EADDRINUSE)",
    "listener.bind: listener 'two' cannot be opened: another process listens there (EADDRINUSE)",
  ]);
  expect(proxy.running.listeners).toEqual([{ name: "web", address: `127.0.0.1:${port}` }]);
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("old");
  expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe("old");
  await first.free();
  await second.free();
  expect(await failuresOf(proxy, wanted)).toEqual([]);
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("new");
  expect((await askOnce(first.port, "GET / HTTP/1.1", "Host: h")).body).toBe("new");
});

test("a listener that was to make place keeps its address when the one in its place cannot be opened", async () => {
  const taken = await takenPort();
  await using proxy = await startTestProxy(site("old", { web: "127.0.0.1:0" }));
  const port = proxy.port();
  expect(await failuresOf(proxy, site("new", { other: `127.0.0.1:${taken.port}` }))).toHaveLength(1);
  expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe("old");
  // And nobody else can be bound beside it now.
  const beside = net.createServer();
  const word = await new Promise((resolve) => {
    beside.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    beside.listen({ host: "127.0.0.1", port, reusePort: true }, () => resolve("bound"));
  });
  beside.close();
  expect(word).toBe("EADDRINUSE");
});

test("an access log that cannot be opened", async () => {
  await using proxy = await startTestProxy(site("old", { web: "127.0.0.1:0" }));
  expect(
    await failuresOf(proxy, site("new", { web: "127.0.0.1:0" }, "{ access_log: /nowhere/at/all.log }")),
  ).toEqual([
    "access_log.open: `settings.access_log`: /nowhere/at/all.log cannot be opened: the folder does not exist (ENOENT)",
  ]);
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("old");
});

test("an address that this machine does not have", async () => {
  await using proxy = await startTestProxy(site("old", { web: "127.0.0.1:0" }));
  expect(await failuresOf(proxy, site("new", { web: "192.0.2.1:8080" }))).toEqual([
    "listener.bind: listener 'web' cannot be opened: this machine does not have that address (EADDRNOTAVAIL)",
  ]);
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("old");
});

test.skipIf(!portsBelow1024AreReserved())("a port that this user may not have", async () => {
  await using proxy = await startTestProxy(site("old", { web: "127.0.0.1:0" }));
  expect(await failuresOf(proxy, site("new", { web: "127.0.0.1:1" }))).toEqual([
    "listener.bind: listener 'web' cannot be opened: this user may not (ports below 1024 need a capability) (EACCES)",
  ]);
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("old");
});

test("targets that were made for nothing leave no name behind that is asked for", async () => {
  const watched: string[] = [];
  const resolver = {
    watch: (name: string) => {
      watched.push(name);
      return { name, addresses: ["127.0.0.1"], failure: null, first: Promise.resolve() };
    },
    unwatch: (name: string) => void watched.splice(watched.indexOf(name), 1),
    reconfigure() {},
    close() {},
  };
  const taken = await takenPort();
  const text = (target: string, port: number) => `
listeners: { web: { address: "127.0.0.1:${port}" } }
routes: [{ listen: web, path: /, targets: ["${target}:80"] }]`;
  await using proxy = await startTestProxy(text("old.example", 0), { resolver });
  expect(await failuresOf(proxy, text("new.example", taken.port))).toHaveLength(1);
  expect(watched).toEqual(["old.example"]);
});

/** Not for root, and not where the kernel was told otherwise, as container engines do. */
function portsBelow1024AreReserved(): boolean {
  if (process.platform !== "linux" || process.getuid!() === 0) return false;
  return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) > 1;
}
