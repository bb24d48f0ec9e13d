/** The listening sockets that a worker was given, for `startProxy` to serve. */
import { err, ok } from "../../base/result.ts";
import { receiveDescriptors } from "../../io/descriptor-passing.ts";
import { listenOnDescriptors } from "../../io/listen-descriptors.ts";
import type { Posix } from "../../io/posix.ts";
import type { OpenListener } from "../../runtime/start.ts";
import type { ListenerGrant } from "../messages.ts";

/** Takes the descriptors that were sent for `grants` out of `socket`. */
export function grantedListeners(
  calls: Posix,
  socket: number,
  grants: readonly ListenerGrant[],
): OpenListener {
  const descriptors: number[] = [];
  const wanted = grants.reduce((sum, { count }) => sum + count, 0);
  while (descriptors.length < wanted) {
    const received = receiveDescriptors(calls, socket);
    if (received === null) break;
    descriptors.push(...received.descriptors);
  }
  const byName = new Map(
    grants.map((grant) => [grant.name, { grant, own: descriptors.splice(0, grant.count) }]),
  );
  return ({ name }, adopt) => {
    const granted = byName.get(name);
    if (granted === undefined || granted.own.length < granted.grant.count) return err("EBADF");
    return ok(listenOnDescriptors(granted.grant.address, granted.own, adopt));
  };
}
