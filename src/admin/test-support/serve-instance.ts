/** The admin address of an instance, on a free port of the loopback. */
import { parseAdminAddress } from "../http/address.ts";
import type { AdminTlsText } from "../http/admin-tls.ts";
import { type AdminServer, startAdminServer } from "../http/server.ts";
import type { Instance } from "../instance.ts";
import { InstanceSource } from "../instance-source.ts";

/** @param onMistake what happens when an answer throws; by itself it fails the test */
export function serveInstance(
  instance: Instance,
  onMistake: (error: Error) => void = rethrow,
  tls: AdminTlsText | null = null,
): AdminServer {
  const started = startAdminServer({
    address: parseAdminAddress("127.0.0.1:0"),
    tls,
    source: new InstanceSource(instance),
    onMistake,
  });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

function rethrow(error: Error): never {
  throw error;
}
