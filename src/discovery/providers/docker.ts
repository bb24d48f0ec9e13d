/**
 * Containers of a Docker engine as targets, by their labels: `portward.upstream` names the upstream, `portward.port` the
 * port, and `portward.weight`, `.priority`, `.zone` and `.network` say the rest. The list is read again whenever an event
 * says that a container has come, gone or changed its health. https://docs.docker.com/reference/api/engine/
 */
import type { TargetInput } from "../../config/schema/upstream.ts";
import { type Provider, SourceError } from "../contract.ts";
import { jsonLines } from "../json-lines.ts";
import { readBounded } from "../read-bounded.ts";
import { readTargetValue } from "../target-list.ts";

export interface DockerSettings {
  /** The engine's socket. */
  readonly socket: string;
  /** Which containers: those whose label `portward.upstream` has this value. */
  readonly upstream: string;
}

export const dockerProvider: Provider<DockerSettings> = async (settings, events, tools, stop) => {
  // The events first, so that nothing is missed between the list and them.
  const changes = jsonLines(await ask(settings, `/events?filters=${EVENT_FILTERS}`, stop));
  const tell = async () => {
    const targets = await list(settings, stop);
    events.onTargets({ version: String(Bun.hash(JSON.stringify(targets))), targets });
  };
  await tell();
  for await (const _ of changes) {
    if (stop.aborted) return;
    await tools.pause(GATHER_MS, stop);
    await tell();
  }
};

async function list(settings: DockerSettings, stop: AbortSignal): Promise<readonly TargetInput[]> {
  const filters = JSON.stringify({ label: [`${LABEL}upstream=${settings.upstream}`], status: ["running"] });
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]);
  const answer = await ask(settings, `/containers/json?filters=${encodeURIComponent(filters)}`, signal);
  const containers = parsed(await readBounded(answer));
  return readTargetValue(containers.filter(isHealthy).map(targetOf), "").targets;
}

async function ask({ socket }: DockerSettings, path: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(`http://docker${path}`, { unix: socket, signal });
  if (answer.status === 200) return answer;
  await answer.body?.cancel();
  throw new SourceError("refused", `the engine answers ${answer.status}`);
}

interface Container {
  readonly Id?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  /** `Up 3 minutes (healthy)` */
  readonly Status?: string;
  readonly Ports?: readonly { readonly PrivatePort?: number; readonly Type?: string }[];
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
}

/** A container without a health check counts as well. */
function isHealthy({ Status }: Container): boolean {
  return !/\((?:unhealthy|health: starting)\)/.test(Status ?? "");
}

function targetOf(container: Container): object {
  const { Labels = {}, Id = "" } = container;
  const label = (name: string) => Labels[`${LABEL}${name}`];
  const host = addressOf(container, label("network"));
  const port = label("port") ?? onlyPort(container);
  if (host === undefined || port === undefined) {
    const missing = host === undefined ? "address on that network" : `port; label it \`${LABEL}port\``;
    throw new SourceError("nonsense", `container ${Id.slice(0, 12)} has no ${missing}`);
  }
  const [weight, priority, zone] = [label("weight"), label("priority"), label("zone")];
  return {
    host,
    port: Number(port),
    ...(weight === undefined ? {} : { weight: Number(weight) }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(zone === undefined ? {} : { zone }),
  };
}

function addressOf({ NetworkSettings }: Container, network: string | undefined): string | undefined {
  const networks = NetworkSettings?.Networks ?? {};
  const chosen = network === undefined ? Object.values(networks) : [networks[network]];
  return chosen.map((each) => each?.IPAddress).find((address) => address !== undefined && address !== "");
}

/** Of a container that exposes just one. */
function onlyPort({ Ports = [] }: Container): number | undefined {
  const ports = new Set(Ports.filter(({ Type }) => Type === "tcp").map(({ PrivatePort }) => PrivatePort));
  return ports.size === 1 ? [...ports][0] : undefined;
}

function parsed(text: string): readonly Container[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null))
      return value;
  } catch {
    // Told below.
  }
  throw new SourceError("nonsense", "the engine answers what is no list of containers");
}

const LABEL = "portward.";
const EVENT_FILTERS: string = encodeURIComponent(
  JSON.stringify({
    type: ["container"],
    event: ["start", "die", "pause", "unpause", "health_status", "destroy"],
  }),
);
const GATHER_MS = 100;
const ANSWER_MS = 10_000;
