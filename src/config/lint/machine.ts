/**
 * What the machine at hand has to say: ports that need a right, and, when it was tried, listeners that cannot be
 * opened. It is apart from the other looks because the answer is another one on another machine.
 */
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { ListenerModel } from "../model.ts";
import type { Provenance } from "../provenance.ts";
import type { Place } from "../source/source-text.ts";
import { formatAddress } from "../values/listen-address.ts";

export interface MachineFacts {
  /** From here on ports are free to this process; 0: all are, or it is not known. */
  readonly firstFreePort: number;
  /** Why a listener cannot be opened, as the system says it, by name. Null: it was not tried. */
  readonly failures: ReadonlyMap<string, string> | null;
}

export function lintMachine(
  listeners: readonly ListenerModel[],
  provenance: Provenance,
  { firstFreePort, failures }: MachineFacts,
): Diagnostic[] {
  return listeners.flatMap((listener) => {
    const place = provenance.listenerPlace(listener.name);
    // What came of trying says more than what is to be expected.
    if (failures === null) return isPrivileged(listener, firstFreePort) ? [privileged(listener, place)] : [];
    const word = failures.get(listener.name);
    return word === undefined ? [] : [explainFailure(listener, word, place)];
  });
}

function isPrivileged({ address }: ListenerModel, firstFreePort: number): boolean {
  return address.kind === "tcp" && address.port > 0 && address.port < firstFreePort;
}

function privileged({ address }: ListenerModel, place: Place): Diagnostic {
  const message = `${quoted(formatAddress(address))} is a low port, which this user may not listen on`;
  return diagnose("listener.privileged", place, message, { suggestion: RIGHT_HINT });
}

function explainFailure({ address }: ListenerModel, word: string, place: Place): Diagnostic {
  const name = quoted(formatAddress(address));
  if (word === "EADDRINUSE") {
    const suggestion =
      address.kind === "tcp"
        ? `\`ss -ltnp\` or \`lsof -i :${address.port}\` says which; a portward that is running counts, too`
        : null;
    return diagnose("listener.taken", place, `${name} is taken by another program`, { suggestion });
  }
  const reason = REASONS.get(word) ?? word;
  const suggestion = word === "EACCES" && address.kind === "tcp" ? RIGHT_HINT : null;
  return diagnose("listener.unavailable", place, `cannot listen on ${name}: ${reason}`, { suggestion });
}

const RIGHT_HINT =
  "start it with CAP_NET_BIND_SERVICE (AmbientCapabilities= in a systemd unit) or as root, or use a higher port";
const REASONS = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EADDRNOTAVAIL", "this machine does not have the address"],
  ["ENOENT", "the folder of the socket does not exist"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EROFS", "the file system is read-only"],
]);
