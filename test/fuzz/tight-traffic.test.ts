/**
 * The same over TLS to the targets as well, with second attempts beside those that are late, through sockets that take a few kilobytes
 * at a time. `TRAFFIC_ROUNDS` and `TRAFFIC_SEED` as in traffic.test.ts.
 */
import { afterAll, afterEach, expect, test } from "bun:test";
import { certificatePath, pem } from "../support/certificates.ts";
import { NodePeer } from "../support/node-peer.ts";
import { connectSmall, openSmall } from "../support/small-buffers.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { playRound, startTarget } from "./traffic-peers.ts";

const targets = new NodePeer();
const clients = new NodePeer();
afterEach(() => Promise.all([targets.cleanUp(), clients.cleanUp()]));
afterAll(() => Promise.all([targets.kill(), clients.kill()]));

const ROUNDS = Number(process.env["TRAFFIC_ROUNDS"] ?? 4);
const FIRST_SEED = Number(process.env["TRAFFIC_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const OWN_BYTES = 70_000;
const PATHS = ["/http1", "/h2", "/hedged1", "/hedged2", "/again2", "/copied"];

function configuration(plain: readonly number[], secure: readonly number[]): string {
  const certificate = `{ cert: "${certificatePath("shop.crt")}", key: "${certificatePath("shop.key")}" }`;
  const again = "retry: { after: [reset], methods: [POST], body: 3MiB, budget: 100% }";
  const hedged = "retry: { after: [reset], body: 3MiB, budget: 100% }, hedge: { after: 1ms, budget: 100% }";
  const upstream = (place: number, protocol: string): string =>
    `{ targets: ["https://127.0.0.1:${secure[place]}", "http://127.0.0.1:${plain[place]}"], protocol: ${protocol}, tls: { insecure_skip_verify: on } }`;
  return `
listeners:
  plain: { address: "127.0.0.1:0" }
  secure: { address: "127.0.0.1:0", tls: { certificates: [ ${certificate} ] } }
upstreams:
  one: ${upstream(0, "http1")}
  two: ${upstream(1, "h2")}
  once: { targets: ["https://127.0.0.1:${secure[1]}"], protocol: h2, tls: { insecure_skip_verify: on } }
routes:
  - { listen: [plain, secure], path: /copied, upstream: two, mirror: [ { upstream: two, body: 3MiB } ] }
  - { listen: [plain, secure], path: /again2, upstream: once, ${again} }
  - { listen: [plain, secure], path: /hedged1, upstream: one, ${hedged} }
  - { listen: [plain, secure], path: /hedged2, upstream: two, ${hedged} }
  - { listen: [plain, secure], path: /http1, upstream: one }
  - { listen: [plain, secure], path: /h2, upstream: two }
  - { listen: [plain, secure], path: /own, respond: { status: 200, body: "${"o".repeat(OWN_BYTES)}" } }
`;
}

test("streams at random do each other no harm, however little each socket takes", async () => {
  const start = (identity: { key: string; cert: string } | null): Promise<number[]> =>
    Promise.all(VERSIONS.map((version) => startTarget(targets, { version, identity })));
  const plain = await start(null);
  const secure = await start({ key: pem("shop.key"), cert: pem("shop-chain.crt") });
  using _ = connectSmall();
  await using proxy = await startTestProxy(configuration(plain, secure), {}, openSmall);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
    const isSecure = seed % 2 === 1;
    const port = proxy.port(isSecure ? "secure" : "plain");
    const round = { port, secure: isSecure, seed, ownBytes: OWN_BYTES, paths: PATHS };
    const problems = await clients.run(playRound, round);
    expect({ seed, problems }).toEqual({ seed, problems: [] });
  }
  await proxy.quiet();
  expect(proxy.failures).not.toContain("proxy.internal");
}, 300_000);

const VERSIONS = ["http1", "h2"] as const;
