/** A name server on loopback that knows what a test says, and that the test may change its mind about. */
import dgram from "node:dgram";
import type { AddressInfo } from "node:net";

/** Addresses of both families by name; an empty list means that there is no such name. */
export type Zone = Map<string, readonly string[]>;

export class NameServer implements AsyncDisposable {
  readonly zone: Zone = new Map();
  queries = 0;
  readonly #socket = dgram.createSocket("udp4");
  readonly #ttlSeconds: number;

  private constructor(ttlSeconds: number) {
    this.#ttlSeconds = ttlSeconds;
    this.#socket.on("message", (query, { port, address }) => {
      this.queries++;
      this.#socket.send(this.#answer(query), port, address);
    });
  }

  static async start(ttlSeconds: number): Promise<NameServer> {
    const server = new NameServer(ttlSeconds);
    await new Promise<void>((resolve) => server.#socket.bind(0, "127.0.0.1", resolve));
    return server;
  }

  /** As `settings.dns.servers` wants it. */
  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** RFC 1035 section 4: header, question as asked, one record per address. */
  #answer(query: Buffer): Buffer {
    const { name, end } = questionOf(query);
    const addresses = this.zone.get(name) ?? [];
    const type = query.readUInt16BE(end - 4);
    const records = addresses.filter((each) => typeOf(each) === type).map((each) => this.#record(each));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(addresses.length > 0 ? ANSWER : ANSWER | NO_SUCH_NAME, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, query.subarray(12, end), ...records]);
  }

  #record(address: string): Buffer {
    const data = bytesOf(address);
    const record = Buffer.from([0xc0, 12, 0, typeOf(address), 0, 1, 0, 0, 0, 0, 0, data.length, ...data]);
    record.writeUInt32BE(this.#ttlSeconds, 6);
    return record;
  }
}

function typeOf(address: string): number {
  return address.includes(":") ? TYPE_AAAA : TYPE_A;
}

/** An IPv6 address has one `::`, which stands for the groups that are left out. */
function bytesOf(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [head, tail] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array(8 - head!.length - tail!.length).fill("0");
  return [...head!, ...zeros, ...tail!].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** The name that is asked for, and where its question ends. */
function questionOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 5 };
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
/** A response, recursion desired and available. */
const ANSWER = 0x8180;
const NO_SUCH_NAME = 3;
