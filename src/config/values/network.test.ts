import { expect, test } from "bun:test";
import { parseNameServer, parseNetwork } from "./network.ts";

test("networks in canonical form", () => {
  const rows = {
    "10.0.0.0/8": "10.0.0.0/8",
    "192.0.2.7": "192.0.2.7/32",
    "0.0.0.0/0": "0.0.0.0/0",
    "192.0.2.128/25": "192.0.2.128/25",
    "::1": "::1/128",
    "2001:DB8:0::/32": "2001:db8::/32",
    "::/0": "::/0",
    "fe80::/10": "fe80::/10",
  };
  for (const [text, network] of Object.entries(rows))
    expect(parseNetwork(text)).toEqual({ ok: true, value: network });
});

test("bits beyond the prefix are told, with the network that was meant", () => {
  const rows = {
    "10.0.0.1/8": "10.0.0.0/8",
    "2001:db8::1/32": "2001:db8::/32",
    "fe80::1/10": "fe80::/10",
    "192.0.2.129/25": "192.0.2.128/25",
  };
  for (const [text, network] of Object.entries(rows)) {
    const parsed = parseNetwork(text);
    expect(parsed.ok ? "" : parsed.error.suggestion).toContain(`\`${network}\``);
  }
});

test("what is no network", () => {
  for (const text of [
    "",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/8/8",
    "::/129",
    "10.0.0/8",
    "localhost",
    "10.0.0.0/-1",
  ]) {
    expect(parseNetwork(text).ok).toBe(false);
  }
});

test("name servers with port 53 in place", () => {
  const rows = {
    "1.1.1.1": "1.1.1.1:53",
    "1.1.1.1:5353": "1.1.1.1:5353",
    "::1": "[::1]:53",
    "[::1]:53": "[::1]:53",
    "[::1]": "[::1]:53",
  };
  for (const [text, server] of Object.entries(rows))
    expect(parseNameServer(text)).toEqual({ ok: true, value: server });
  for (const text of ["dns.example", "1.1.1.1:0", "1.1.1.1:65536", "::1:53:"])
    expect(parseNameServer(text).ok).toBe(false);
});
