/** Does the target answer a request as expected: a status among those that are good, perhaps a certain body? */
import type { ConnectAddress } from "../../io/connect.ts";
import type { Connection } from "../../io/connection.ts";
import { EVENT } from "../../protocol/h1/events.ts";
import type { CodecLimits } from "../../protocol/h1/limits.ts";
import { ResponseReader } from "../../protocol/h1/response-reader.ts";
import { isInformational } from "../../protocol/http/response-head.ts";
import type { HttpCheckSpec, Probe, ProbeDone } from "./check.ts";
import { ProbeConnection } from "./probe-connection.ts";

export function startHttpProbe(
  spec: HttpCheckSpec,
  address: ConnectAddress,
  name: string,
  done: ProbeDone,
): Probe {
  return new HttpProbe(spec, address, name, done);
}

class HttpProbe extends ProbeConnection {
  readonly #spec: HttpCheckSpec;
  readonly #name: string;
  readonly #reader = new ResponseReader(LIMITS);
  /** Latin-1; what the test wants to see may be split anywhere. */
  #body = "";

  constructor(spec: HttpCheckSpec, address: ConnectAddress, name: string, done: ProbeDone) {
    super(address, done, "\x08http/1.1");
    this.#spec = spec;
    this.#name = name;
  }

  protected begin(connection: Connection): void {
    this.#reader.begin({ method: this.#spec.method, upgrade: false, upgradeTo: "" });
    connection.outbox().latin1(requestText(this.#spec, this.#name));
  }

  onData(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#read();
  }

  override onEnd(): void {
    if (this.#reader.finish() === EVENT.end) this.#judgeBody();
    else super.onEnd();
  }

  #read(): void {
    const reader = this.#reader;
    for (let event = reader.next(); event !== EVENT.needData; event = reader.next()) {
      if (event === EVENT.head && this.#headDecides()) return;
      if (event === EVENT.data)
        this.#body += reader.bytes.toString("latin1", reader.dataStart, reader.dataEnd);
      if (event === EVENT.end || this.#body.length > LOOKED_AT_BYTES) return this.#judgeBody();
      if (event === EVENT.fault) return this.conclude(`malformed answer (${reader.violation!.rule})`);
    }
  }

  /** Without a body to look at, the status is all there is to know. */
  #headDecides(): boolean {
    const { status } = this.#reader.head;
    if (isInformational(status)) return false;
    const isGood = this.#spec.statuses.some(([from, to]) => status >= from && status <= to);
    if (isGood && this.#spec.body !== null) return false;
    this.conclude(isGood ? null : `status ${status}`);
    return true;
  }

  #judgeBody(): void {
    const text = Buffer.from(this.#body, "latin1").toString("utf8");
    this.conclude(this.#spec.body!.test(text) ? null : "unexpected body");
  }
}

function requestText({ method, path, host, fields }: HttpCheckSpec, name: string): string {
  const own = fields.map(([field, value]) => `${field}: ${value}\r\n`).join("");
  const agent = fields.some(([field]) => field.toLowerCase() === "user-agent") ? "" : USER_AGENT;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host ?? hostOf(name)}\r\n${agent}Connection: close\r\n${own}\r\n`;
}

/** A Unix socket has no name that could stand in a Host. */
function hostOf(name: string): string {
  return name.startsWith("unix:") ? "localhost" : name;
}

const USER_AGENT = "User-Agent: portward-health\r\n";
const LIMITS: CodecLimits = {
  headBytes: 64 * 1024,
  lineBytes: 8 * 1024,
  fieldCount: 200,
  chunkExtensionBytes: 4 * 1024,
};
const LOOKED_AT_BYTES = 64 * 1024;
