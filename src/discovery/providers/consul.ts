/**
 * Targets that pass their checks in a Consul catalogue, by blocking queries: Consul answers when the service has
 * changed, or after a while. https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
import type { TargetInput } from "../../config/schema/upstream.ts";
import { type Provider, SourceError } from "../contract.ts";
import { readBounded } from "../read-bounded.ts";
import { readTargetValue } from "../target-list.ts";

export interface ConsulSettings {
  /** Of an agent or a server. */
  readonly url: string;
  readonly service: string;
  readonly tag: string | null;
  readonly datacenter: string | null;
  /** Null for none. */
  readonly token: string | null;
}

export const consulProvider: Provider<ConsulSettings> = async (settings, events, tools, stop) => {
  let index = "0";
  do {
    const answer = await ask(settings, index, stop);
    const next = answer.headers.get("x-consul-index") ?? "0";
    const targets = targetsIn(await readBounded(answer));
    events.onTargets({ version: next, targets });
    // An index that goes backwards has begun anew (a server was replaced).
    index = Number(next) < Number(index) ? "0" : next;
  } while (await tools.pause(LEAST_PAUSE_MS, stop));
};

async function ask(settings: ConsulSettings, index: string, stop: AbortSignal): Promise<Response> {
  const { url, service, tag, datacenter, token } = settings;
  const query = new URLSearchParams({ passing: "1", index, wait: `${WAIT_S}s` });
  if (tag !== null) query.set("tag", tag);
  if (datacenter !== null) query.set("dc", datacenter);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(WAIT_S * 1_000 + MARGIN_MS)]);
  const headers: Record<string, string> = token === null ? {} : { "x-consul-token": token };
  const path = `/v1/health/service/${encodeURIComponent(service)}`;
  const answer = await fetch(`${new URL(url).origin}${path}?${query}`, {
    headers,
    signal,
    redirect: "error",
  });
  if (answer.status === 200) return answer;
  await answer.body?.cancel();
  throw new SourceError("refused", `Consul answers ${answer.status}`);
}

/** A service without an address of its own is at that of its node. */
function targetsIn(text: string): readonly TargetInput[] {
  const entries = parsed(text);
  const list = entries.map(({ Service, Node }) => ({
    host: Service?.Address || Node?.Address,
    port: Service?.Port,
    weight: Service?.Weights?.Passing ?? 1,
    ...(Node?.Datacenter === undefined ? {} : { zone: Node.Datacenter }),
  }));
  return readTargetValue(list, "").targets;
}

interface Entry {
  readonly Service?: {
    readonly Address?: string;
    readonly Port?: number;
    readonly Weights?: { readonly Passing?: number };
  };
  readonly Node?: { readonly Address?: string; readonly Datacenter?: string };
}

function parsed(text: string): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null))
      return value;
  } catch {
    // Told below.
  }
  throw new SourceError("nonsense", "Consul answers what is no list of a service's instances");
}

const WAIT_S = 55;
const MARGIN_MS = 10_000;
/** An index that moves all the time must not make a loop of us. */
const LEAST_PAUSE_MS = 100;
