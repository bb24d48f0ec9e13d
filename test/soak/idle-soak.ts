/** Connections that have made one request and wait: what each of them costs, and whether each is served again. */
import type { Socket } from "bun";
import { ProxyProcess } from "../support/proxy-process.ts";

export interface IdleSoakOptions {
  readonly connections: number;
  readonly onProgress: (line: string) => void;
}

interface Client {
  answers: number;
  readonly socket: Socket<Client>;
}

export async function soakIdle({ connections, onProgress }: IdleSoakOptions) {
  await using proxy = await ProxyProcess.start(CONFIGURATION);
  const faults: string[] = [];
  const clients: Client[] = [];
  const before = await askOf(clients, proxy, Math.floor(connections / 10));
  const after = await askOf(clients, proxy, connections);
  const added = connections - Math.floor(connections / 10);
  const costBytes = (after.rssBytes - before.rssBytes) / added;
  onProgress(`${connections} connections, ${(costBytes / 1024).toFixed(1)} KiB each`);
  if (costBytes > MAX_COST_BYTES) faults.push(`${(costBytes / 1024).toFixed(1)} KiB for a connection`);
  const open = after.census.listeners[0]!.connections;
  if (open !== connections) faults.push(`${open} of ${connections} are open`);
  for (const { socket } of clients) socket.write(REQUEST);
  await until(() => clients.every(({ answers }) => answers === 2), "a second answer on each").catch((error) =>
    faults.push(String(error)),
  );
  for (const { socket } of clients) socket.terminate();
  faults.push(...after.mistakes.map((mistake) => JSON.stringify(mistake)));
  const summary = `${connections} idle connections of ${(costBytes / 1024).toFixed(1)} KiB; process ${Math.round(after.rssBytes / 1024 / 1024)} MiB`;
  return { faults, summary };
}

/** Opens connections up to `count`, each with one request, and gives the size of the proxy then. */
async function askOf(clients: Client[], proxy: ProxyProcess, count: number) {
  while (clients.length < count) {
    const group = Array.from({ length: Math.min(100, count - clients.length) }, () => connect(proxy.port));
    clients.push(...(await Promise.all(group)));
  }
  await until(() => clients.every(({ answers }) => answers === 1), "an answer on each");
  return proxy.size(true);
}

async function connect(port: number): Promise<Client> {
  let client: Client;
  const socket = await Bun.connect<Client>({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, chunk) {
        if (chunk.toString("latin1").endsWith("hi")) client.answers++;
      },
    },
  });
  client = { answers: 0, socket };
  socket.write(REQUEST);
  return client;
}

async function until(done: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!done()) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`);
    await Bun.sleep(5);
  }
}

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CONFIGURATION = `
settings: { timeouts: { keep_alive: 10m } }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: hi } }]
`;
/** docs/performance.md says 3 KiB; what the allocator keeps at hand comes on top with so few. */
const MAX_COST_BYTES = 8 * 1024;
