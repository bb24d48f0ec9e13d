/** Whether an address could be listened on now, without leaving anything behind. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Connection, ConnectionHandler } from "./connection.ts";
import { type ListenAddress, listen } from "./listen.ts";
import { systemWord } from "./socket-events.ts";

/** The system's word for why not; null when it could. */
export async function probeAddress(address: ListenAddress): Promise<string | null> {
  if (address.kind === "unix") return probeSocketFile(address.path);
  const socket = listen(address, turnAway);
  if (!socket.ok) return socket.error;
  socket.value.close();
  return null;
}

/** Whoever comes in that instant would have been refused. */
function turnAway(connection: Connection): ConnectionHandler {
  connection.abort();
  return connection.handler;
}

/** Listening would replace a file that a crash has left, so it is asked who answers there instead. */
async function probeSocketFile(path: string): Promise<string | null> {
  if (existsSync(path)) return (await isAnswered(path)) ? "EADDRINUSE" : null;
  try {
    accessSync(dirname(path), constants.W_OK);
    return null;
  } catch (error) {
    return systemWord(error) ?? String(error);
  }
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch {
    return false;
  }
}
