/** Words to the service manager that started this process (sd_notify(3)): one datagram each, to a socket that it names. */
import { AF_UNIX, lastFailure, posix, SOCK_DGRAM, SOCK_FLAGS } from "./posix.ts";
import { unixName } from "./socket-name.ts";

/**
 * @param path as in `$NOTIFY_SOCKET`: of a file, or with `@` in the abstract namespace
 * @returns the system's word when nobody can be told
 */
export function notify(path: string, lines: readonly string[]): string | null {
  const name = unixName(path);
  if (posix === null || name === null) return "ENOTSUP";
  const socket = posix.socket(AF_UNIX, SOCK_DGRAM | SOCK_FLAGS, 0);
  if (socket < 0) return lastFailure(posix);
  const text = Buffer.from(lines.join("\n"));
  const sent = posix.sendto(socket, text, text.length, MSG_NOSIGNAL, name, name.length);
  const failure = sent < 0 ? lastFailure(posix) : null;
  posix.close(socket);
  return failure;
}

const MSG_NOSIGNAL = 0x4000;
