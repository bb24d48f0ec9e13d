/** What an upstream's targets are spoken TLS with; its context is exchanged when its files change. */
import type { UpstreamTlsModel } from "../config/model.ts";
import type { ClientTls } from "../io/client-tls.ts";
import type { TlsContext } from "../io/tls-context.ts";
import type { EndWatch } from "../io/tls-layer.ts";
import { RecordTail } from "../protocol/tls/record-tail.ts";

export class LiveClient {
  readonly model: UpstreamTlsModel;
  /** Equal for those that trust and show the same: a target whose TLS has changed is another target. */
  readonly key: string;
  context: TlsContext;
  /** Of the files, when they were read. */
  signature: string;

  constructor(model: UpstreamTlsModel, key: string, context: TlsContext, signature: string) {
    this.model = model;
    this.key = key;
    this.context = context;
    this.signature = signature;
  }

  /** @param host of the target, as configured */
  towards(host: string): ClientTls {
    return new TargetTls(this, this.model.serverName ?? host);
  }
}

class TargetTls implements ClientTls {
  readonly serverName: string;
  #session: Buffer | null = null;
  /** Who the session was made with: it would be resumed as whoever we were then. */
  #sessionContext: TlsContext | null = null;
  readonly #live: LiveClient;

  constructor(live: LiveClient, serverName: string) {
    this.#live = live;
    this.serverName = serverName;
  }

  get key(): string {
    return this.#live.key;
  }

  get context(): TlsContext {
    return this.#live.context;
  }

  get verify(): boolean {
    return this.#live.model.verify;
  }

  get pins(): readonly string[] {
    return this.#live.model.pins;
  }

  get session(): Buffer | null {
    return this.#sessionContext === this.context ? this.#session : null;
  }

  set session(session: Buffer | null) {
    this.#session = session;
    this.#sessionContext = this.context;
  }

  watch(): EndWatch {
    return new RecordTail();
  }
}
