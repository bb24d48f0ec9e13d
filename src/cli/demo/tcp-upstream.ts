/**
 * A demo upstream for TCP that sends every line back. It reads no further while the peer has not taken
 * what was sent, and answers to the end after the peer has closed its side.
 */
import type { Socket } from "bun";
import type { DemoUpstream } from "./demo-upstream.ts";
import { createLineEcho, type LineEcho } from "./line-echo.ts";
import { onLoopback } from "./loopback.ts";

/** @throws with `EADDRINUSE` when the port is taken */
export function startTcpUpstream(port: number): DemoUpstream {
  return onLoopback(port, startAt);
}

function startAt(hostname: string, port: number): DemoUpstream {
  const open = new Set<Socket<Peer>>();
  const listener = Bun.listen<Peer>({
    hostname,
    port,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.data = { echo: createLineEcho(), unsent: EMPTY, hasEnded: false };
        open.add(socket);
      },
      data: (socket, chunk) => send(socket, socket.data.echo.receive(chunk)),
      drain: (socket) => send(socket, EMPTY),
      end(socket) {
        socket.data.hasEnded = true;
        send(socket, socket.data.echo.end());
      },
      close: (socket) => void open.delete(socket),
      error: (socket) => void socket.terminate(),
    },
  });
  return {
    port: listener.port,
    async stop() {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}

interface Peer {
  readonly echo: LineEcho;
  unsent: Uint8Array;
  hasEnded: boolean;
}

function send(socket: Socket<Peer>, bytes: Uint8Array): void {
  const peer = socket.data;
  const all = peer.unsent.length === 0 ? bytes : Buffer.concat([peer.unsent, bytes]);
  const written = all.length === 0 ? 0 : socket.write(all);
  // Copied: what Bun hands to `data` is its own again afterwards.
  peer.unsent = written < all.length ? Uint8Array.from(all.subarray(Math.max(written, 0))) : EMPTY;
  if (peer.unsent.length > 0) socket.pause();
  else if (peer.hasEnded) socket.end();
  else socket.resume();
}

const EMPTY: Uint8Array = new Uint8Array(0);
