/** Targets at a URL, asked for again and again; with an ETag, what has not changed costs nothing. */
import { type Provider, SourceError } from "../contract.ts";
import { readBounded } from "../read-bounded.ts";
import { readTargetText } from "../target-list.ts";

export interface HttpSettings {
  readonly url: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Sent with each request. Values may be secrets. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export const httpProvider: Provider<HttpSettings> = async (settings, events, tools, stop) => {
  let etag: string | null = null;
  let last: (() => void) | null = null;
  do {
    const answer = await ask(settings, etag, stop);
    if (answer.status === 304 && last !== null) {
      last();
      continue;
    }
    const text = await readBounded(answer);
    const list = readTargetText(text, answer.headers.get("etag") ?? String(Bun.hash(text)));
    etag = answer.headers.get("etag");
    last = () => events.onTargets(list);
    last();
  } while (await tools.pause(settings.everyMs * (0.9 + tools.random.nextUint32() / 2 ** 32 / 5), stop));
};

async function ask(settings: HttpSettings, etag: string | null, stop: AbortSignal): Promise<Response> {
  const { url, headers, timeoutMs } = settings;
  const conditional: [string, string][] = etag === null ? [] : [["if-none-match", etag]];
  const given = headers.map(([name, value]): [string, string] => [name, value]);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  const answer = await fetch(url, { headers: [...given, ...conditional], signal, redirect: "error" });
  if (answer.status === 200 || answer.status === 304) return answer;
  await answer.body?.cancel();
  throw new SourceError("refused", `${new URL(url).origin} answers ${answer.status}`);
}
