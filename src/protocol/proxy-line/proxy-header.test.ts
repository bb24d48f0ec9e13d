/** PROXY headers of both versions: read, refused, written and read again. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatIpv6, parseIpv6 } from "./addresses.ts";
import { crc32c } from "./crc32c.ts";
import { NO_PROXY_TLS, type ProxyHeader, V2 } from "./proxy-header.ts";
import { readProxyHeader } from "./read-proxy-header.ts";
import { writeProxyV1, writeProxyV2 } from "./write-proxy-header.ts";

const V4 = { source: "192.0.2.1", sourcePort: 56324, destination: "192.0.2.9", destinationPort: 443 };
const V6 = { source: "2001:db8::1", sourcePort: 1, destination: "::1", destinationPort: 65535 };
const SIGNATURE = V2.signature.toString("hex");

const LINES: readonly (readonly [string, object | string])[] = [
  ["PROXY TCP4 192.0.2.1 192.0.2.9 56324 443\r\n", V4],
  ["PROXY TCP6 2001:DB8:0::1 0:0:0:0:0:0:0:1 1 65535\r\n", V6],
  ["PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", { source: "::ffff:c000:201" }],
  ["PROXY UNKNOWN\r\n", "none"],
  ["PROXY UNKNOWN ffff::1 whatever it says 1\r\n", "none"],
  ["PROXY TCP4 192.0.2.1 192.0.2.9 56324 443\n", "needMore"],
  ["PROXY TCP4 192.0.2.1", "needMore"],
  ["PRO", "needMore"],
  ["PROXY TCP4 192.0.2.01 192.0.2.9 1 2\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 192.0.2.9 1\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1  192.0.2.9 1 2\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 192.0.2.9 1 65536\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 192.0.2.9 01 2\r\n", "malformed"],
  ["PROXY TCP4 ::1 ::2 1 2\r\n", "malformed"],
  ["PROXY TCP6 192.0.2.1 192.0.2.9 1 2\r\n", "malformed"],
  ["PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", "malformed"],
  ["PROXY TCP5 192.0.2.1 192.0.2.9 1 2\r\n", "malformed"],
  [`PROXY TCP4 ${"1".repeat(110)}`, "tooLarge"],
  ["GET / HTTP/1.1\r\n", "notProxy"],
  ["proxy TCP4 192.0.2.1 192.0.2.9 1 2\r\n", "notProxy"],
];

for (const [line, expected] of LINES) {
  test(`version 1: ${JSON.stringify(line).slice(0, 70)}`, () => {
    expect(read(Buffer.from(line))).toEqual(
      typeof expected === "string" ? expected : expect.objectContaining(expected),
    );
  });
}

const BINARY: readonly (readonly [string, string, object | string])[] = [
  ["IPv4", `${SIGNATURE}2111000cc0000201c0000209dc0401bb`, V4],
  ["LOCAL, whatever follows", `${SIGNATURE}2011000cc0000201c0000209dc0401bb`, "none"],
  ["LOCAL without addresses", `${SIGNATURE}20000000`, "none"],
  ["UDP", `${SIGNATURE}2112000cc0000201c0000209dc0401bb`, "none"],
  ["an unknown family", `${SIGNATURE}21000003040000`, "none"],
  ["half of it", `${SIGNATURE}2111000cc0000201`, "needMore"],
  ["half of the signature", SIGNATURE.slice(0, 10), "needMore"],
  ["version 3", `${SIGNATURE}3111000cc0000201c0000209dc0401bb`, "version"],
  ["an unknown command", `${SIGNATURE}2f11000cc0000201c0000209dc0401bb`, "malformed"],
  ["addresses that are cut off", `${SIGNATURE}2111000bc0000201c0000209dc0401`, "malformed"],
  ["a field beyond the end", `${SIGNATURE}21110010c0000201c0000209dc0401bb01000532`, "malformed"],
  ["a wrong checksum", `${SIGNATURE}21110013c0000201c0000209dc0401bb03000400000000`, "malformed"],
  ["a length beyond reason", `${SIGNATURE}2111ffff`, "tooLarge"],
];

for (const [name, hex, expected] of BINARY) {
  test(`version 2: ${name}`, () => {
    expect(read(Buffer.from(hex, "hex"))).toEqual(
      typeof expected === "string" ? expected : expect.objectContaining(expected),
    );
  });
}

test("a checksum that is right (RFC 3720 appendix B.4)", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  const bytes = Buffer.from(`${SIGNATURE}21110013c0000201c0000209dc0401bb03000400000000`, "hex");
  bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4);
  expect(read(bytes)).toEqual(V4);
});

test("what is written is read again, and the client's bytes behind it stay", () => {
  const headers: ProxyHeader[] = [V4, V6].flatMap((addresses) => [
    { command: "proxy", addresses, tls: NO_PROXY_TLS },
    {
      command: "proxy",
      addresses,
      tls: {
        serverName: "shop.example",
        alpn: "http/1.1",
        session: { version: "TLSv1.3", clientName: "jö", verified: true },
      },
    },
    {
      command: "proxy",
      addresses,
      tls: {
        serverName: null,
        alpn: null,
        session: { version: "TLSv1.2", clientName: null, verified: false },
      },
    },
  ]);
  for (const header of headers) {
    const second = Buffer.concat([writeProxyV2(header), Buffer.from("hello")]);
    expect(readProxyHeader(second)).toEqual({ kind: "header", header, bytes: second.length - 5 });
    const first = Buffer.concat([writeProxyV1(header), Buffer.from("hello")]);
    expect(readProxyHeader(first)).toMatchObject({
      header: { addresses: header.addresses },
      bytes: first.length - 5,
    });
  }
});

test("who speaks for itself, and who has no addresses", () => {
  const local: ProxyHeader = { command: "local", addresses: null, tls: NO_PROXY_TLS };
  expect(readProxyHeader(writeProxyV2(local))).toMatchObject({ header: local });
  const unknown: ProxyHeader = { command: "proxy", addresses: null, tls: NO_PROXY_TLS };
  expect(writeProxyV1(unknown).toString()).toBe("PROXY UNKNOWN\r\n");
  expect(readProxyHeader(writeProxyV2(unknown))).toMatchObject({ header: unknown });
});

test("addresses of two families are told as one", () => {
  const header: ProxyHeader = {
    command: "proxy",
    addresses: { ...V6, destination: "192.0.2.9" },
    tls: NO_PROXY_TLS,
  };
  expect(writeProxyV1(header).toString()).toBe("PROXY TCP6 2001:db8::1 ::ffff:192.0.2.9 1 65535\r\n");
  expect(read(writeProxyV2(header))).toMatchObject({ source: "2001:db8::1", destination: "::ffff:c000:209" });
});

test("property: any address survives, and is written in one way", () => {
  const bytes = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((all) => all.map((b, i) => (i % 3 === 0 ? b : 0)));
  fc.assert(
    fc.property(bytes, (address) => {
      const text = formatIpv6(address);
      expect(parseIpv6(text)).toEqual(address);
      expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }),
    { numRuns: 3_000 },
  );
});

test("property: whatever the bytes, reading ends, and a header is read the same however much follows", () => {
  const noise = fc.uint8Array({ maxLength: 80 }).map((tail) => Buffer.from(tail));
  const binary = noise.map((tail) => Buffer.concat([V2.signature, tail]));
  const text = noise.map((tail) => Buffer.concat([Buffer.from("PROXY TCP4 "), tail]));
  fc.assert(
    fc.property(fc.oneof(noise, binary, text), noise, (bytes, more) => {
      const once = readProxyHeader(bytes);
      if (once.kind === "header") expect(readProxyHeader(Buffer.concat([bytes, more]))).toEqual(once);
      if (once.kind === "fault") expect(readProxyHeader(Buffer.concat([bytes, more])).kind).toBe("fault");
    }),
    { numRuns: 5_000 },
  );
});

/** The addresses, `none`, `needMore` or the fault. */
function read(bytes: Buffer): object | string {
  const outcome = readProxyHeader(bytes);
  if (outcome.kind === "fault") return outcome.fault;
  if (outcome.kind === "needMore") return outcome.kind;
  expect(outcome.bytes).toBeGreaterThan(0);
  return outcome.header.addresses ?? "none";
}
