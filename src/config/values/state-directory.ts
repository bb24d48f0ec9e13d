/** Where a program keeps what must outlast it: systemd's answer, the user's (XDG Base Directory), or the system's. */
import { isAbsolute, join } from "node:path";

export function stateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const { STATE_DIRECTORY, XDG_STATE_HOME, HOME } = environment;
  // Several are separated by colons; paths that are relative are to be ignored, says XDG.
  const given = (STATE_DIRECTORY ?? "").split(":")[0]!;
  if (isAbsolute(given)) return given;
  if (isAbsolute(XDG_STATE_HOME ?? "")) return join(XDG_STATE_HOME!, "portward");
  if (isAbsolute(HOME ?? "")) return join(HOME!, ".local", "state", "portward");
  return "/var/lib/portward";
}
