import { expect, test } from "bun:test";
import { createTrustCheck } from "./trusted-proxies.ts";

test("without networks nobody is trusted", () => {
  const isTrusted = createTrustCheck([]);
  for (const address of ["127.0.0.1", "::1", "", "10.0.0.1"]) expect(isTrusted(address)).toBe(false);
});

test("networks and single addresses of both families", () => {
  const isTrusted = createTrustCheck([
    "10.0.0.0/8",
    "192.0.2.1",
    "2001:db8::/32",
    "::1",
    "0.0.0.0/32",
    "172.16.0.0/12",
  ]);
  const trusted = [
    "10.0.0.0",
    "10.255.255.255",
    "192.0.2.1",
    "2001:db8::1",
    "2001:db8:ffff::",
    "::1",
    "172.31.255.255",
  ];
  const others = [
    "9.255.255.255",
    "11.0.0.0",
    "192.0.2.2",
    "2001:db7::1",
    "2001:db9::",
    "::2",
    "172.32.0.0",
    "127.0.0.1",
  ];
  for (const address of trusted) expect([address, isTrusted(address)]).toEqual([address, true]);
  for (const address of others) expect([address, isTrusted(address)]).toEqual([address, false]);
});

test("all of IPv4 says nothing of IPv6", () => {
  expect(createTrustCheck(["0.0.0.0/0"])("::1")).toBe(false);
});

test("the client of a Unix socket, and what is no address at all, is not trusted", () => {
  const isTrusted = createTrustCheck(["0.0.0.0/0", "::/0"]);
  for (const address of ["", "unknown", "10.0.0.1, 10.0.0.2", "10.0.0.1:80", "[::1]", "localhost"])
    expect([address, isTrusted(address)]).toEqual([address, false]);
});
