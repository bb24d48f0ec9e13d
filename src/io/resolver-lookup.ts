/**
 * The two ways to ask for a name: the system's resolver (getaddrinfo, so that /etc/hosts and the like count),
 * or name servers of the configuration's own choice. Failures are values: a name that does not resolve is
 * nothing out of the ordinary.
 */
import { promises as dns } from "node:dns";
import { err, ok, type Result } from "../base/result.ts";
import { systemWord } from "./socket-events.ts";

export interface Answer {
  /** Never empty. */
  readonly addresses: readonly string[];
  /** How long it may be believed; null when the resolver does not tell. May come later than the addresses. */
  readonly ttlMs: Promise<number | null>;
}

/** Fails with the system's word. Never rejects. */
export type Lookup = (name: string) => Promise<Result<Answer, string>>;

/** getaddrinfo tells no TTL, so the name servers are asked as well; only if they agree does theirs count. */
export const systemLookup: Lookup = async (name) => {
  try {
    const addresses = (await dns.lookup(name, { all: true })).map(({ address }) => address);
    if (addresses.length === 0) return err("ENOTFOUND");
    return ok({ addresses, ttlMs: isLocal(name) ? NO_TTL : agreedTtl(name, addresses) });
  } catch (error) {
    return err(wordOf(error));
  }
};

/** @param servers as `address:port` or `address` */
export function serverLookup(servers: readonly string[]): Lookup {
  return async (name) => {
    const found = await askBoth(name, servers);
    if (!found.ok) return found;
    const { addresses, ttlMs } = found.value;
    return ok({ addresses, ttlMs: Promise.resolve(ttlMs) });
  };
}

interface Records {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

async function agreedTtl(name: string, addresses: readonly string[]): Promise<number | null> {
  const found = await askBoth(name, []);
  if (!found.ok) return null;
  const known = new Set(found.value.addresses);
  return addresses.every((address) => known.has(address)) ? found.value.ttlMs : null;
}

/** One family is enough: many names have no AAAA record, and some servers fail on being asked for one. */
async function askBoth(name: string, servers: readonly string[]): Promise<Result<Records, string>> {
  // A resolver keeps answers for their TTL: a new one each time, so that we see what is true now.
  const resolver = new dns.Resolver(QUERY);
  if (servers.length > 0) resolver.setServers(servers);
  const [v4, v6] = await Promise.allSettled([
    resolver.resolve4(name, { ttl: true }),
    resolver.resolve6(name, { ttl: true }),
  ]);
  const records = [v4, v6].flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
  if (records.length === 0) return err(worstWord([v4, v6]));
  const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1000;
  return ok({ addresses: records.map(({ address }) => address), ttlMs });
}

/** That there is no such name is the last thing to believe: any other failure means that we do not know. */
function worstWord(outcomes: readonly PromiseSettledResult<unknown>[]): string {
  const words = outcomes.map((outcome) => (outcome.status === "rejected" ? wordOf(outcome.reason) : ABSENT));
  return words.find((word) => word !== ABSENT) ?? ABSENT;
}

/** A record of no such type is told as ENODATA by some versions. */
function wordOf(error: unknown): string {
  const word = systemWord(error)?.replace(/^DNS_/, "") ?? ABSENT;
  return word === "ENODATA" ? ABSENT : word;
}

/** RFC 6761 section 6.3: these names are never asked of a name server. */
function isLocal(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

const ABSENT = "ENOTFOUND";
const NO_TTL = Promise.resolve(null);
const QUERY = { timeout: 2_000, tries: 2 };
