/**
 * Targets under a prefix of Redis keys, each value one target as in a configuration. A key with a time to live is a
 * target that says again and again that it is there. Notifications of the keyspace are followed where the server
 * sends them (`notify-keyspace-events`); where it does not, the keys are read again now and then.
 */
import { createClient } from "@redis/client";
import { type Provider, SourceError, type TargetList } from "../contract.ts";
import { readKeyedValues } from "../keyed-values.ts";

export interface RedisSettings {
  /** `redis://[user:password@]host[:port][/db]`, `rediss://` with TLS. A secret. */
  readonly url: string;
  readonly prefix: string;
  /** How often the keys are read when nothing is notified. */
  readonly refreshMs: number;
}

export const redisProvider: Provider<RedisSettings> = async (
  { url, prefix, refreshMs },
  events,
  tools,
  stop,
) => {
  const options = { url, socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS } } as const;
  const [reader, listener] = [createClient(options), createClient(options)];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  for (const client of [reader, listener]) {
    client.on("error", (error) => broken.reject(new SourceError("unreachable", wordOf(error))));
  }
  try {
    await Promise.race([Promise.all([reader.connect(), listener.connect()]), broken.promise]);
    let wake = Promise.withResolvers<void>();
    const database = reader.options?.database ?? 0;
    await listener.pSubscribe(`__keyspace@${database}__:${globOf(prefix)}*`, () => wake.resolve());
    while (!stop.aborted) {
      wake = Promise.withResolvers<void>();
      events.onTargets(await read(reader, prefix));
      const waited = new AbortController();
      const signal = AbortSignal.any([stop, waited.signal]);
      await Promise.race([wake.promise, tools.pause(refreshMs, signal), broken.promise]);
      waited.abort();
      await tools.pause(GATHER_MS, stop);
    }
  } finally {
    for (const client of [reader, listener]) if (client.isOpen) client.destroy();
  }
};

/** What is used of a client, whose own type says far more. */
interface KeyReader {
  scanIterator(options: { MATCH: string; COUNT: number }): AsyncIterable<string[]>;
  mGet(keys: string[]): Promise<(string | null)[]>;
}

async function read(client: KeyReader, prefix: string): Promise<TargetList> {
  const keys: string[] = [];
  for await (const some of client.scanIterator({ MATCH: `${globOf(prefix)}*`, COUNT: 1_000 })) {
    keys.push(...some);
    if (keys.length > MOST_KEYS) throw new SourceError("nonsense", `more than ${MOST_KEYS} keys`);
  }
  keys.sort();
  const values = keys.length === 0 ? [] : await client.mGet(keys);
  return readKeyedValues(keys.flatMap((key, i) => (values[i] == null ? [] : [[key, values[i]] as const])));
}

/** In a pattern of Redis these stand for others. */
function globOf(prefix: string): string {
  return prefix.replace(/[\\*?[\]^-]/g, "\\$&");
}

function wordOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const MOST_KEYS = 10_000;
const CONNECT_MS = 5_000;
const GATHER_MS = 50;
