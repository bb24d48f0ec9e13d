/**
 * A webhook that puts a record into DNS, spoken to as lego's `httpreq` provider does it, for which there are servers: JSON
 * with the name, its dot included, and the value. Redirects are not followed, since the token must not go elsewhere, and
 * nothing is read of the answer but its status.
 */
import type { DnsAction, DnsHook, DnsRecord } from "./dns-hook.ts";

export class Webhook implements DnsHook {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor(url: string, token: string | null, timeoutMs: number) {
    this.#url = url;
    this.#headers = {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    this.#timeoutMs = timeoutMs;
  }

  async call(action: DnsAction, { record, value }: DnsRecord): Promise<void> {
    const status = await this.#post(action, JSON.stringify({ fqdn: `${record}.`, value }));
    if (status < 200 || status > 299) throw new Error(`the webhook answers ${action} with status ${status}`);
  }

  async #post(action: DnsAction, body: string): Promise<number> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), this.#timeoutMs);
    try {
      const answer = await fetch(`${this.#url}/${action}`, {
        method: "POST",
        headers: this.#headers,
        body,
        redirect: "manual",
        signal: end.signal,
      });
      return answer.status;
    } catch (error) {
      const why = end.signal.aborted ? "not in time" : ((error as NodeJS.ErrnoException).code ?? "failed");
      throw new Error(`the webhook does not answer ${action} (${why})`);
    } finally {
      clearTimeout(timer);
      // Of the answer, whatever it is.
      end.abort();
    }
  }
}
