/**
 * A name server on loopback whose records a test changes while it runs. It knows A and AAAA and just enough of RFC
 * 1035 for one question: the question is echoed, and each answer points back to its name.
 */
import dgram from "node:dgram";

export interface DnsRecord {
  /** Dotted IPv4, or eight IPv6 groups in full. */
  readonly address: string;
  readonly ttl: number;
}

export type DnsBehaviour = "answer" | "silence" | "failure";

export class DnsServer implements AsyncDisposable {
  /** By lower-case name; a name that is missing does not exist. */
  readonly records = new Map<string, readonly DnsRecord[]>();
  behaviour: DnsBehaviour = "answer";
  /** Of A, so once for each time that a name is asked for. */
  queries = 0;
  readonly #socket: dgram.Socket;

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on("message", (query, sender) => {
      const reply = this.#reply(query);
      if (reply !== null) socket.send(reply, sender.port, sender.address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return new DnsServer(socket);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #reply(query: Buffer): Buffer | null {
    const { name, type, end } = readQuestion(query);
    if (type === TYPE_A) this.queries++;
    if (this.behaviour === "silence") return null;
    const known = this.records.get(name);
    const answers = (known ?? []).filter(({ address }) => address.includes(":") === (type === TYPE_AAAA));
    const code = this.behaviour === "failure" ? SERVFAIL : known === undefined ? NXDOMAIN : 0;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(code === 0 ? answers.length : 0, 6);
    const body = code === 0 ? answers.map((record) => encodeAnswer(record, type)) : [];
    return Buffer.concat([header, query.subarray(12, end), ...body]);
  }
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at]! + 1) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function encodeAnswer({ address, ttl }: DnsRecord, type: number): Buffer {
  const data = Buffer.from(
    type === TYPE_A
      ? address.split(".").map(Number)
      : address
          .split(":")
          .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_OF_QUESTION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const NAME_OF_QUESTION = 0xc00c;
