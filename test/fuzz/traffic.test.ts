/**
 * Many streams of one HTTP/2 connection at once, each with a body, a reader and an end of its own, drawn at random: whoever is given up
 * or slow must never cost another stream a byte. `TRAFFIC_ROUNDS=200` runs for longer; a failure names the seed of its round,
 * which `TRAFFIC_SEED` begins with.
 */
import { afterAll, afterEach, expect, test } from "bun:test";
import { certificatePath } from "../support/certificates.ts";
import { NodePeer } from "../support/node-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { playRound, startTarget } from "./traffic-peers.ts";

const targets = new NodePeer();
const clients = new NodePeer();
afterEach(() => Promise.all([targets.cleanUp(), clients.cleanUp()]));
afterAll(() => Promise.all([targets.kill(), clients.kill()]));

const ROUNDS = Number(process.env["TRAFFIC_ROUNDS"] ?? 6);
const FIRST_SEED = Number(process.env["TRAFFIC_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const OWN_BYTES = 70_000;
const PATHS = ["/http1", "/h2", "/copied", "/again1", "/again2"];

test("streams at random do each other no harm", async () => {
  const [http1, h2] = await Promise.all(
    (["http1", "h2"] as const).map((version) => startTarget(targets, { version, identity: null })),
  );
  const certificate = `{ cert: "${certificatePath("shop.crt")}", key: "${certificatePath("shop.key")}" }`;
  await using proxy = await startTestProxy(`
listeners:
  plain: { address: "127.0.0.1:0" }
  secure: { address: "127.0.0.1:0", tls: { certificates: [ ${certificate} ] } }
upstreams:
  one: { targets: ["127.0.0.1:${http1}"] }
  two: { targets: ["127.0.0.1:${h2}"], protocol: h2 }
routes:
  - { listen: [plain, secure], path: /copied, upstream: one, mirror: [ { upstream: two, body: 3MiB }, { upstream: one, body: 1MiB } ] }
  - { listen: [plain, secure], path: /again1, upstream: one, retry: { after: [reset], methods: [POST], body: 3MiB, budget: 100% } }
  - { listen: [plain, secure], path: /again2, upstream: two, retry: { after: [reset], methods: [POST], body: 3MiB, budget: 100% } }
  - { listen: [plain, secure], path: /http1, targets: ["127.0.0.1:${http1}"] }
  - { listen: [plain, secure], path: /h2, targets: ["127.0.0.1:${h2}"], protocol: h2 }
  - { listen: [plain, secure], path: /own, respond: { status: 200, body: "${"o".repeat(OWN_BYTES)}" } }
`);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
    const secure = seed % 2 === 1;
    const port = proxy.port(secure ? "secure" : "plain");
    const round = { port, secure, seed, ownBytes: OWN_BYTES, paths: PATHS };
    expect({ seed, problems: await clients.run(playRound, round) }).toEqual({ seed, problems: [] });
  }
  await proxy.quiet();
  expect(proxy.failures).not.toContain("proxy.internal");
}, 300_000);
