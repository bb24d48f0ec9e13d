/**
 * A process with many idle connections, since one may not have enough descriptors for all: `crowd-client.ts PORT COUNT`.
 * Opens them with a request each and says so in a line; asks once more on all when it is told to, and says that.
 */
import type { Socket } from "bun";

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const sockets: Socket[] = [];
let answers = 0;
let closed = 0;

for (let left = count; left > 0; left -= 100) {
  await Promise.all(Array.from({ length: Math.min(100, left) }, open));
}
await until(() => answers + closed >= count);
console.log(`${answers} ${closed}`);
for await (const _ of console) break;
for (const socket of sockets) socket.write(REQUEST);
await until(() => answers + closed >= 2 * count);
console.log(`${answers - count} ${closed}`);
process.exit(0);

async function open(): Promise<void> {
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, chunk) {
        if (chunk.toString("latin1").endsWith("fine")) answers++;
      },
      close() {
        closed++;
      },
    },
  });
  sockets.push(socket);
  socket.write(REQUEST);
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await Bun.sleep(5);
}
