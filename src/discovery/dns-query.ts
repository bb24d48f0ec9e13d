/**
 * Questions to name servers. Addresses are looked up as those of any target; SRV records are asked for here, message
 * by message, because the runtime's resolver does not tell how long they hold.
 */
import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { connect } from "node:net";
import { decode, encode, type Packet, RECURSION_DESIRED, streamEncode } from "dns-packet";
import { serverLookup, systemLookup } from "../io/resolver-lookup.ts";
import { SourceError } from "./contract.ts";

/** Seconds, as in the record. */
export interface AddressRecord {
  readonly address: string;
  readonly ttl: number;
}

export interface ServiceRecord {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly priority: number;
  readonly ttl: number;
}

export interface DnsQuery {
  addresses(name: string): Promise<readonly AddressRecord[]>;
  services(name: string): Promise<readonly ServiceRecord[]>;
}

/** @param servers as `address:port` or `address`; empty: the system's */
export function dnsQuery(servers: readonly string[]): DnsQuery {
  const lookup = servers.length > 0 ? serverLookup(servers) : systemLookup;
  return {
    async addresses(name) {
      const found = await lookup(name);
      if (!found.ok) throw new SourceError("unreachable", `${name} does not resolve (${found.error})`);
      const ttlMs = await found.value.ttlMs;
      return found.value.addresses.map((address) => ({ address, ttl: (ttlMs ?? 0) / 1000 }));
    },
    services: (name) => askServices(name, servers.length > 0 ? servers : getServers()),
  };
}

/** The servers are asked in turn; one that answers, even that there is nothing, is believed. */
async function askServices(name: string, servers: readonly string[]): Promise<ServiceRecord[]> {
  let cause = "no name server is known";
  for (const server of servers) {
    const { host, port } = serverAddress(server);
    try {
      return servicesIn(await ask(name, host, port));
    } catch (error) {
      if (error instanceof SourceError) throw error;
      cause = error instanceof Error ? error.message : String(error);
    }
  }
  throw new SourceError("unreachable", `${name} cannot be asked for: ${cause}`);
}

function servicesIn({ answers = [] }: Packet): ServiceRecord[] {
  return answers.flatMap((answer) => {
    if (answer.type !== "SRV") return [];
    const { target, port, weight = 0, priority = 0 } = answer.data;
    return [{ host: target, port, weight, priority, ttl: answer.ttl ?? 0 }];
  });
}

async function ask(name: string, host: string, port: number): Promise<Packet> {
  const id = crypto.getRandomValues(new Uint16Array(1))[0]!;
  const question: Packet = {
    type: "query",
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: "SRV", name }],
    additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options: [] } as never],
  };
  const overUdp = await askOverUdp(question, host, port);
  const answer = isTruncated(overUdp) ? await askOverTcp(question, host, port) : overUdp;
  const word = rcodeOf(answer);
  if (word === "NXDOMAIN") throw new SourceError("refused", `there is no name ${name}`);
  if (word !== "NOERROR") throw new Error(`${host} answers ${word}`);
  return answer;
}

/** Each question has a socket of its own, so that its port is one more thing that a forger would have to guess. */
function askOverUdp(question: Packet, host: string, port: number): Promise<Packet> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const bytes = encode(question);
  const send = () => socket.send(bytes, port, host);
  const again = setInterval(send, RESEND_MS);
  const limit = setTimeout(() => reject(new Error(`${host} does not answer`)), LIMIT_MS);
  socket.on("error", reject);
  socket.on("message", (message) => {
    const answer = decoded(message);
    if (answer !== null && answer.id === question.id) resolve(answer);
  });
  send();
  return promise.finally(() => {
    clearInterval(again);
    clearTimeout(limit);
    socket.close();
  });
}

function askOverTcp(question: Packet, host: string, port: number): Promise<Packet> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const socket = connect({ host, port }, () => socket.write(streamEncode(question)));
  const limit = setTimeout(() => reject(new Error(`${host} does not answer`)), LIMIT_MS);
  let received = Buffer.alloc(0);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`${host} ends the connection`)));
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
    const answer = decoded(received.subarray(2, 2 + received.readUInt16BE(0)));
    if (answer === null) reject(new Error(`${host} talks nonsense`));
    else resolve(answer);
  });
  return promise.finally(() => {
    clearTimeout(limit);
    socket.destroy();
  });
}

/** Null for what is no DNS message. */
function decoded(message: Buffer): Packet | null {
  try {
    return decode(message);
  } catch {
    return null;
  }
}

function isTruncated(answer: Packet): boolean {
  return "flag_tc" in answer && answer.flag_tc === true;
}

function rcodeOf(answer: Packet): string {
  return "rcode" in answer && typeof answer.rcode === "string" ? answer.rcode : "NOERROR";
}

/** `10.0.0.53`, `10.0.0.53:5353`, `[::1]:5353`, `::1` */
function serverAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: Number(port ?? DNS_PORT) };
}

const DNS_PORT = 53;
const RESEND_MS = 1_000;
const LIMIT_MS = 3_000;
