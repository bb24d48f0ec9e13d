/** TLS on connections that exist: bytes, ends, backpressure, and every reason why there is none. */

import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { flushOutbox } from "../../src/io/connection.ts";
import { pem } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { contextOf, securePair } from "../support/secure-pair.ts";

test("bytes both ways, and what was agreed on", async () => {
  using pair = await securePair();
  const { client, server, outcomes } = pair;
  expect(outcomes).toEqual({ client: "secured", server: "secured" });
  client.connection.outbox().latin1("ping ");
  client.connection.write(Buffer.from("-once-"), 1, 5);
  flushOutbox();
  await eventually(() => server.text === "ping once", "the client's bytes");
  server.connection.send(Buffer.from("pong"));
  await eventually(() => client.text === "pong", "the server's bytes");
  expect(server.connection.tls).toMatchObject({
    version: "TLSv1.3",
    alpn: "http/1.1",
    resumed: false,
    verified: false,
  });
  expect(client.connection.tls!.verified).toBe(true);
  expect(client.connection.tls!.peerCertificate()!.subject).toBe("CN=shop.example");
  expect(server.connection.remoteAddress).toBe("127.0.0.1");
});

for (const [name, ciphers] of [
  ["TLS 1.3", undefined],
  ["TLS 1.2", "TLSv1.2"],
] as const) {
  test(`${name}: each direction ends by itself, and says so`, async () => {
    using pair = await securePair({ client: { context: clientContext(ciphers) } });
    const { client, server } = pair;
    client.connection.send(Buffer.from("question"));
    client.connection.finish();
    await server.saw("end");
    expect(server.connection.endedCleanly).toBe(true);
    expect(server.text).toBe("question");
    server.connection.send(Buffer.from("answer"));
    await eventually(() => client.text === "answer", "an answer behind the question's end");
    server.connection.finish();
    await client.saw("end");
    expect(client.connection.endedCleanly).toBe(true);
  });

  test(`${name}: a peer that does not read blocks; when it reads, all comes, and then the end`, async () => {
    using pair = await securePair({ client: { context: clientContext(ciphers) } });
    const { client, server } = pair;
    client.connection.pause();
    const chunk = Buffer.alloc(1 << 20, "x");
    let sentBytes = 0;
    while (!server.connection.blocked) {
      server.connection.send(chunk);
      sentBytes += chunk.length;
    }
    expect(server.events).toEqual(["blocked"]);
    expect(server.connection.unsentBytes).toBeGreaterThan(0);
    server.connection.outbox().latin1("last");
    server.connection.close();
    client.connection.resume();
    await eventually(() => client.events.some((event) => event === "end" || event === "close"), "the end");
    expect(client.receivedBytes).toBe(sentBytes + 4);
    expect(client.connection.endedCleanly).toBe(true);
    expect(client.text.slice(-6)).toBe("xxlast");
  });

  test(`${name}: a reset is told as one`, async () => {
    using pair = await securePair({ client: { context: clientContext(ciphers) } });
    pair.client.connection.send(Buffer.from("x"));
    await pair.server.saw("data");
    pair.client.connection.abort();
    await eventually(() => pair.server.closed, "the close");
    expect(pair.server.events.at(-1)).toBe("close ECONNRESET");
  });

  test(`${name}: a FIN that somebody made up does not pass for the end`, async () => {
    using pair = await securePair({ client: { context: clientContext(ciphers) } });
    const { client, server } = pair;
    client.connection.send(Buffer.from("half of it"));
    await server.saw("data");
    shutDownBelowTls(client.connection.fd);
    await server.saw("end");
    expect(server.connection.endedCleanly).toBe(false);
  });
}

test("a session is resumed within a context, TLS 1.3 and 1.2", async () => {
  for (const version of [undefined, "TLSv1.2"] as const) {
    const server = { context: contextOf({ cert: pem("shop-chain.crt"), key: pem("shop.key") }) };
    const context = clientContext(version);
    let session: Buffer | null = null;
    using first = await securePair({
      server,
      client: { context, onSession: (offered) => (session = offered) },
    });
    first.server.connection.send(Buffer.from("x"));
    await eventually(() => session !== null, "a session");
    using second = await securePair({ server, client: { context, session } });
    expect(second.client.connection.tls!.resumed).toBe(true);
    expect(second.server.connection.tls!.resumed).toBe(true);
  }
});

const CLIENT_REFUSES: readonly (readonly [string, string, string, string])[] = [
  ["an unknown authority", "self-made", "shop.example", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["a chain without its middle", "shop", "shop.example", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["another name", "other", "shop.example", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["an expired certificate", "expired", "shop.example", "CERT_HAS_EXPIRED"],
  ["another address", "shop-chain", "127.0.0.2", "ERR_TLS_CERT_ALTNAME_INVALID"],
];

for (const [what, cert, serverName, cause] of CLIENT_REFUSES) {
  const context = () =>
    contextOf({ cert: pem(`${cert}.crt`), key: pem(`${cert.replace("-chain", "")}.key`) });
  test(`a client refuses ${what}`, async () => {
    using pair = await securePair({ server: { context: context() }, client: { serverName } });
    expect(pair.outcomes.client).toBe(cause);
    await eventually(() => pair.client.closed && pair.server.closed, "both to be closed");
    expect(pair.client.text + pair.server.text).toBe("");
  });

  test(`a client that was told to takes ${what}`, async () => {
    using pair = await securePair({ server: { context: context() }, client: { serverName, verify: false } });
    expect(pair.outcomes).toEqual({ client: "secured", server: "secured" });
    expect(pair.client.connection.tls!.verified).toBe(false);
    pair.client.connection.send(Buffer.from("fine"));
    await eventually(() => pair.server.text === "fine", "the bytes");
  });
}

test("an address in the certificate counts", async () => {
  using pair = await securePair({ client: { serverName: "127.0.0.1" } });
  expect(pair.outcomes.client).toBe("secured");
});

const CERTIFICATES: readonly (readonly [string, string | null, "request" | "require", string, boolean])[] = [
  ["a good one that is asked for", "client", "request", "secured", true],
  ["a good one that is needed", "client", "require", "secured", true],
  ["none that is asked for", null, "request", "secured", false],
  ["none that is needed", null, "require", "PEER_DID_NOT_RETURN_A_CERTIFICATE", false],
  ["one of a stranger that is asked for", "client-stranger", "request", "secured", false],
  [
    "one of a stranger that is needed",
    "client-stranger",
    "require",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    false,
  ],
  ["a revoked one that is asked for", "revoked", "request", "secured", false],
  ["a revoked one that is needed", "revoked", "require", "CERT_REVOKED", false],
];

for (const [what, name, clientCertificate, outcome, verified] of CERTIFICATES) {
  test(`a client's certificate: ${what}`, async () => {
    const own = name === null ? {} : { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
    const context = contextOf({
      cert: pem("shop-chain.crt"),
      key: pem("shop.key"),
      ca: [pem("root.crt")],
      crl: [pem("root.crl")],
    });
    using pair = await securePair({
      server: { context, clientCertificate },
      client: { context: contextOf({ ca: [pem("root.crt")], ...own }) },
    });
    expect(pair.outcomes.server).toBe(outcome);
    if (outcome !== "secured") return;
    expect(pair.server.connection.tls!.verified).toBe(verified);
    if (verified) expect(pair.server.connection.tls!.peerCertificate()!.subject).toContain("CN=jo");
  });
}

function clientContext(maxVersion?: "TLSv1.2") {
  return contextOf({ ca: [pem("root.crt")], ...(maxVersion === undefined ? {} : { maxVersion }) });
}

/** What somebody on the wire can do: end the stream without a word of TLS. */
function shutDownBelowTls(fd: number): void {
  const { symbols } = dlopen("libc.so.6", { shutdown: { args: ["i32", "i32"], returns: "i32" } });
  expect(symbols.shutdown(fd, 1)).toBe(0);
}
