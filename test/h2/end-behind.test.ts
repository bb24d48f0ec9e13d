/** A request that has come whole is served, though its client's FIN comes in the same breath. */
import { describe, expect, test } from "bun:test";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { certificatePath } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";
import { data, HELLO, headers, POST } from "./frames.ts";

const CERTIFICATE = `certificates: [{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" }]`;
const SECURE: Readonly<Record<string, string>> = { ":scheme": "https", ":authority": "shop.example" };
const SECURE_POST = POST.map(([name, value]) => [name, SECURE[name] ?? value] as const);

describe("an upload of frames of one byte comes whole, with its client's FIN behind it", () => {
  for (const isSecure of [false, true]) {
    for (const count of [100, 5_000]) {
      test(`${count} frames ${isSecure ? "over TLS" : "in the clear"}`, async () => {
        using upstream = Bun.serve({
          port: 0,
          fetch: async (request) => new Response(await request.text()),
        });
        await using proxy = await startTestProxy(`
listeners:
  clear: { address: "127.0.0.1:0" }
  secure: { address: "127.0.0.1:0", tls: { ${CERTIFICATE} } }
routes: [{ listen: [clear, secure], path: /, targets: ["127.0.0.1:${upstream.port}"] }]
`);
        using client = isSecure
          ? await secureClient(proxy.port("secure"))
          : await H2Peer.connect(proxy.port("clear"));
        const letters = Array.from({ length: count }, (_, i) => String.fromCharCode(97 + (i % 26)));
        const body = letters.map((letter) => data(1, letter)).join("");
        client.send(headers(1, isSecure ? SECURE_POST : POST, { end: false }) + body + data(1, "", true));
        client.peer.socket.end();
        await eventually(() => bodyOf(client).length >= count, "the echo");
        expect(bodyOf(client)).toBe(letters.join(""));
      });
    }
  }
});

function bodyOf({ frames }: H2Peer): string {
  return frames
    .filter(({ type }) => type === FRAME.data)
    .map(({ payload }) => payload)
    .join("");
}

async function secureClient(port: number): Promise<H2Peer> {
  const { socket } = await TlsClient.connect({ port, ALPNProtocols: ["h2"] });
  const peer = new RawPeer(socket);
  peer.send(HELLO);
  return new H2Peer(peer);
}
