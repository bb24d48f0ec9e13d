/** What name servers say of a record, and which servers a zone has. Failures are values: they are the usual case here. */
import { promises as dns } from "node:dns";
import { isIPv6 } from "node:net";
import { err, ok, type Result } from "../../base/result.ts";

export interface RecordLookup {
  /** What one server shows; empty when there is no such record. Fails when it does not answer. */
  texts(server: string, record: string): Promise<Result<readonly string[], string>>;
  /** The servers of the zone that a record is in, and its name there: it may be an alias (RFC 1034 section 3.6.2). */
  zoneOf(record: string): Promise<Result<Zone, string>>;
}

export interface Zone {
  readonly record: string;
  /** As `address:port`. */
  readonly servers: readonly string[];
}

/** Asks for names where `settings.dns` says; nothing is remembered, not even by the resolver itself. */
export class NameServerLookup implements RecordLookup {
  readonly #resolvers: readonly string[];
  readonly #port: number;

  /** @param port of the zones' servers; tests have them elsewhere */
  constructor(resolvers: readonly string[], port = 53) {
    this.#resolvers = resolvers;
    this.#port = port;
  }

  async texts(server: string, record: string): Promise<Result<readonly string[], string>> {
    const found = await asked(() => resolver([server]).resolveTxt(record));
    return found.ok ? ok((found.value ?? []).map((parts) => parts.join(""))) : found;
  }

  async zoneOf(record: string): Promise<Result<Zone, string>> {
    const target = await this.#target(record);
    if (!target.ok) return target;
    for (let zone = target.value; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
      const names = await asked(() => resolver(this.#resolvers).resolveNs(zone));
      if (!names.ok) return names;
      if (names.value === null || names.value.length === 0) continue;
      const servers = await this.#addresses(names.value.slice(0, MOST_SERVERS));
      return servers.length > 0
        ? ok({ record: target.value, servers })
        : err(`no server of ${zone} has an address`);
    }
    return err(`the zone of ${record} is not to be found`);
  }

  async #target(record: string): Promise<Result<string, string>> {
    let target = record;
    for (let step = 0; step < MOST_ALIASES; step++) {
      const alias = await asked(() => resolver(this.#resolvers).resolveCname(target));
      if (!alias.ok) return alias;
      const next = alias.value?.[0];
      if (next === undefined) return ok(target);
      target = next;
    }
    return err(`${record} is an alias of an alias without end`);
  }

  /** One for each server; that of IPv4 where there is one, since IPv6 does not lead everywhere. */
  async #addresses(names: readonly string[]): Promise<string[]> {
    const found = await Promise.all(names.map((name) => this.#address(name)));
    return [...new Set(found.filter((address) => address !== null))];
  }

  async #address(name: string): Promise<string | null> {
    const v4 = await asked(() => resolver(this.#resolvers).resolve4(name));
    const v6 = v4.ok && v4.value !== null ? v4 : await asked(() => resolver(this.#resolvers).resolve6(name));
    const address = v6.ok ? v6.value?.[0] : undefined;
    if (address === undefined) return null;
    return isIPv6(address) ? `[${address}]:${this.#port}` : `${address}:${this.#port}`;
  }
}

function resolver(servers: readonly string[]): dns.Resolver {
  const made = new dns.Resolver({ timeout: 3_000, tries: 2 });
  if (servers.length > 0) made.setServers(servers);
  return made;
}

/** Null when there is no such record. */
async function asked<T>(ask: () => Promise<T>): Promise<Result<T | null, string>> {
  try {
    return ok(await ask());
  } catch (error) {
    const word = ((error as NodeJS.ErrnoException).code ?? "failed").replace(/^DNS_/, "");
    return word === "ENOTFOUND" || word === "ENODATA" ? ok(null) : err(word);
  }
}

const MOST_SERVERS = 16;
const MOST_ALIASES = 8;
