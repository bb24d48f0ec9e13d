/**
 * Targets in a bucket of NATS's key-value store, each value one target as in a configuration, followed by a watch of the
 * keys under a prefix.
 */
import { type KvEntry, Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import type { Provider } from "../contract.ts";
import { readKeyedValues } from "../keyed-values.ts";

export interface NatsSettings {
  readonly servers: readonly string[];
  readonly bucket: string;
  /** Of keys, `api.` for `api.one` and `api.two`; empty: all of the bucket. */
  readonly prefix: string;
  /** A secret; null for none. */
  readonly token: string | null;
}

export const natsProvider: Provider<NatsSettings> = async (
  { servers, bucket, prefix, token },
  events,
  _tools,
  stop,
) => {
  const connection = await connect({
    servers: [...servers],
    reconnect: false,
    timeout: CONNECT_MS,
    ...(token === null ? {} : { token }),
  });
  const end = () => void connection.close();
  stop.addEventListener("abort", end);
  try {
    const store = await new Kvm(connection).open(bucket);
    const values = new Map<string, string>();
    const status = await store.status();
    if (status.values === 0) events.onTargets(readKeyedValues([], "0"));
    for await (const entry of await store.watch({ key: `${prefix}>` })) {
      take(entry, values);
      // The watch begins with what there is; until that is complete, nothing is told.
      if (entry.delta === 0 || entry.isUpdate)
        events.onTargets(readKeyedValues(values, String(entry.revision)));
    }
    const failure = await connection.closed();
    if (failure && !stop.aborted) throw failure;
  } finally {
    stop.removeEventListener("abort", end);
    await connection.close();
  }
};

function take(entry: KvEntry, values: Map<string, string>): void {
  if (entry.operation === "PUT") values.set(entry.key, entry.string());
  else values.delete(entry.key);
}

const CONNECT_MS = 5_000;
