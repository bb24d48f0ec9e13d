/**
 * Targets under a prefix of etcd's keys, each value one target as in a configuration (or a list of them). Through the
 * gateway of JSON that every server of version 3 has, so no package is needed: a range tells all, then a
 * watch from that revision on tells that something has changed. https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/
 */
import { type Provider, SourceError, type TargetList } from "../contract.ts";
import { jsonLines } from "../json-lines.ts";
import { readKeyedValues } from "../keyed-values.ts";
import { readBounded } from "../read-bounded.ts";

export interface EtcdSettings {
  readonly urls: readonly string[];
  readonly prefix: string;
  readonly user: string | null;
  readonly password: string | null;
}

export const etcdProvider: Provider<EtcdSettings> = async (settings, events, tools, stop) => {
  const session = await open(settings, tools.random.nextUint32(), stop);
  let revision = await tell(session, settings, events.onTargets);
  for await (const message of jsonLines(await session.watch(settings, revision + 1))) {
    if (stop.aborted) return;
    if (!hasEvents(message)) continue;
    // What changed matters less than what there is: one question serves any number of events.
    await tools.pause(GATHER_MS, stop);
    const now = await tell(session, settings, events.onTargets);
    revision = Math.max(now, revision);
  }
};

interface Session {
  ask(path: string, body: object): Promise<Record<string, unknown>>;
  watch(settings: EtcdSettings, revision: number): Promise<Response>;
}

/** A member chosen at random; when it fails, the provider is begun anew and chooses again. */
async function open(settings: EtcdSettings, draw: number, stop: AbortSignal): Promise<Session> {
  const origin = new URL(settings.urls[draw % settings.urls.length]!).origin;
  const headers: Record<string, string> = { "content-type": "application/json" };
  const post = (path: string, body: object, signal: AbortSignal) =>
    fetch(`${origin}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal,
      redirect: "error",
    });
  const ask = async (path: string, body: object) => {
    const answer = await post(path, body, AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]));
    return readAnswer(answer);
  };
  const { user, password } = settings;
  if (user !== null) {
    const { token } = await ask("/v3/auth/authenticate", { name: user, password });
    headers["authorization"] = String(token);
  }
  return {
    ask,
    watch: async ({ prefix }, revision) => {
      const range = { key: base64(prefix), range_end: base64(prefixEnd(prefix)) };
      const answer = await post(
        "/v3/watch",
        { create_request: { ...range, start_revision: String(revision) } },
        stop,
      );
      if (answer.status !== 200) throw new SourceError("refused", `etcd answers ${answer.status} to a watch`);
      return answer;
    },
  };
}

async function readAnswer(answer: Response): Promise<Record<string, unknown>> {
  const text = await readBounded(answer);
  if (answer.status !== 200) throw new SourceError("refused", `etcd answers ${answer.status}`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new SourceError("nonsense", "etcd answers what is not JSON");
}

/** Tells what there is and gives its revision. */
async function tell(
  session: Session,
  { prefix }: EtcdSettings,
  onTargets: (list: TargetList) => void,
): Promise<number> {
  const range = { key: base64(prefix), range_end: base64(prefixEnd(prefix)) };
  const answer = await session.ask("/v3/kv/range", { ...range, limit: String(MOST_KEYS) });
  const revision = Number((answer["header"] as { revision?: string } | undefined)?.revision ?? 0);
  const pairs = Array.isArray(answer["kvs"]) ? (answer["kvs"] as { key: string; value?: string }[]) : [];
  const texts = pairs.map(({ key, value }) => [fromBase64(key), fromBase64(value ?? "")] as const);
  onTargets(readKeyedValues(texts, String(revision)));
  return revision;
}

function hasEvents(message: unknown): boolean {
  const { result } = message as { result?: { events?: unknown; canceled?: boolean } };
  if (result?.canceled === true) throw new SourceError("refused", "etcd has ended the watch");
  return Array.isArray(result?.events);
}

/** The first key that does not begin with the prefix. */
function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

const MOST_KEYS = 10_000;
const GATHER_MS = 50;
const ANSWER_MS = 10_000;
