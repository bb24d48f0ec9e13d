/**
 * The attacker, a process of its own: `attacker.ts PORT NAME`. Connects, sends all of an attack as fast as it is taken, and
 * does it again as soon as the connection is over. `on` and `off` on standard input say when: between, it does the same
 * to a listener of its own, so that what it takes of the machine is no difference.
 */
import { ATTACKS, type Attack } from "./attacks.ts";

const LONGEST_MS = 2_000;
const [port = "", name = ""] = process.argv.slice(2);
const attack = ATTACKS.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack '${name}'`);

const sink = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: { data: (socket) => void socket.end(), error() {} },
});
let target = sink.port;
process.stdin.on("data", (said) => {
  target = String(said).trimEnd().endsWith("on") ? Number(port) : sink.port;
});
process.stdin.on("end", () => process.exit(0));
async function once(port: number, { bytes, heldMs }: Attack): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let at = 0;
  const send = (socket: Bun.Socket): void => {
    at += Math.max(0, socket.write(bytes.subarray(at)));
    if (at === bytes.length && heldMs > 0) setTimeout(resolve, heldMs);
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: send,
      drain: send,
      data() {},
      end: () => resolve(),
      close: () => resolve(),
      error: () => resolve(),
    },
  }).catch(() => null);
  if (socket === null) return await Bun.sleep(1);
  const longest = setTimeout(resolve, LONGEST_MS);
  await promise;
  clearTimeout(longest);
  socket.terminate();
}

for (;;) await once(target, attack);
