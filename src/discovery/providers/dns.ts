/**
 * Targets from DNS: each address of a name (A and AAAA), or what SRV records say, asked for again as their TTLs
 * run out. Names of plain targets need none of this: they are resolved anyway (io/resolver.ts), but count as one target.
 */
import type { TargetInput } from "../../config/schema/upstream.ts";
import { type Provider, SourceError } from "../contract.ts";
import { type AddressRecord, type DnsQuery, dnsQuery, type ServiceRecord } from "../dns-query.ts";

export interface DnsSettings {
  readonly name: string;
  /** `srv`: the records say host, port, weight and priority. */
  readonly type: "address" | "srv";
  /** Of `address`. */
  readonly port: number;
  /** As `address:port`; empty: the system's. */
  readonly servers: readonly string[];
  /** Between two questions, whatever the TTLs are. */
  readonly leastMs: number;
  readonly mostMs: number;
}

export const dnsProvider: Provider<DnsSettings> = async (settings, events, tools, stop) => {
  const query = dnsQuery(settings.servers);
  let seconds = 0;
  do {
    const [targets, ttl] =
      settings.type === "srv" ? await services(query, settings) : await addresses(query, settings);
    seconds = ttl;
    events.onTargets({ version: String(Bun.hash(JSON.stringify(targets))), targets });
  } while (await tools.pause(Math.min(Math.max(seconds * 1000, settings.leastMs), settings.mostMs), stop));
};

async function addresses(query: DnsQuery, { name, port }: DnsSettings): Promise<[TargetInput[], number]> {
  const found = await query.addresses(name);
  if (found.length === 0) throw new SourceError("refused", `${name} has no address`);
  const targets = found.map(({ address }) => targetOf(address, port, 1, 0));
  return [targets, leastTtl(found)];
}

/** RFC 2782. A weight of 0 means "hardly ever" there and "never" here, so it becomes the least there is. */
async function services(query: DnsQuery, { name }: DnsSettings): Promise<[TargetInput[], number]> {
  const found = await query.services(name);
  const real = found.filter(({ host }) => host !== "." && host !== "");
  if (real.length === 0) throw new SourceError("refused", `${name} has no SRV record with a host`);
  const least = Math.min(...real.map(({ priority }) => priority));
  const targets = real.map(({ host, port, weight, priority }) =>
    targetOf(host, port, Math.max(weight, 1), Math.min(priority - least, 1_000)),
  );
  return [targets, leastTtl(real)];
}

function targetOf(host: string, port: number, weight: number, priority: number): TargetInput {
  return { address: { kind: "tcp", host, port }, weight, priority, zone: null };
}

function leastTtl(records: readonly (AddressRecord | ServiceRecord)[]): number {
  return Math.min(...records.map(({ ttl }) => ttl));
}
