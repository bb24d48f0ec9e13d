/**
 * Which TLS connections are passed on as they are: by the name and the protocols in the ClientHello. Names are chosen
 * as hosts of requests are: exact, then the longest wildcard, then any, and the choice is final. A host whose
 * requests are routed here has its place among them, so that a wildcard elsewhere does not take it.
 */
import { HostIndex, type HostPattern, parseHost } from "./host-index.ts";

export interface TlsRule<T> {
  /** Empty: any name, and none. */
  readonly hosts: readonly string[];
  /** One of which the client must offer; empty: whatever it does. */
  readonly alpn: readonly string[];
  readonly value: T;
}

export class TlsRoutes<T> {
  readonly #index: HostIndex<readonly TlsRule<T>[]>;

  /**
   * @param rules the earlier one is preferred where two are alike
   * @param terminated hosts of http routes on the same listener
   */
  constructor(rules: readonly TlsRule<T>[], terminated: readonly string[]) {
    const byHost = new Map<string, TlsRule<T>[]>(terminated.map((host) => [host, []]));
    for (const rule of rules) {
      for (const host of rule.hosts.length === 0 ? [ANY] : rule.hosts) {
        byHost.set(host, [...(byHost.get(host) ?? []), rule]);
      }
    }
    this.#index = new HostIndex([...byHost].map(([host, each]) => [patternOf(host), each]));
  }

  /** Null: it is not passed on. One that asks for a protocol is preferred to one that does not. */
  find(serverName: string | null, alpn: readonly string[]): T | null {
    const rules = this.#index.find(serverName ?? "", null) ?? [];
    const wanted = rules.find((rule) => rule.alpn.some((protocol) => alpn.includes(protocol)));
    return (wanted ?? rules.find((rule) => rule.alpn.length === 0))?.value ?? null;
  }
}

/** The configuration has seen to it that it is one. */
function patternOf(host: string): HostPattern {
  const parsed = host === ANY ? null : parseHost(host);
  return parsed?.ok ? parsed.value : { kind: "any" };
}

const ANY = "";
