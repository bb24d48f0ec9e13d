import { expect, test } from "bun:test";
import { isSameText } from "../../base/same-text.ts";
import { checkProtected, isLoopback, parseAdminAddress } from "./address.ts";
import { type GuardPolicy, refusalOf, type Visit } from "./guard.ts";

const TOKEN = "0123456789abcdef0123";
const HERE: GuardPolicy = { isLoopback: true, hosts: ["proxy.internal"], token: null, isCertified: false };
const VISIT: Visit = {
  host: "127.0.0.1:9180",
  origin: null,
  fetchSite: null,
  authorization: null,
  isProbe: false,
};

function codeFor(visit: Partial<Visit>, policy: Partial<GuardPolicy> = {}): string | null {
  return refusalOf({ ...VISIT, ...visit }, { ...HERE, ...policy })?.code ?? null;
}

test.each([
  "127.0.0.1:9180",
  "127.0.0.1",
  "localhost:9180",
  "LocalHost",
  "[::1]:9180",
  "10.1.2.3:80",
  "proxy.internal:9180",
])("the host %s is expected", (host) => {
  expect(codeFor({ host })).toBeNull();
});

test.each([
  "evil.example:9180",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "proxy.internal.evil.example",
  "",
  "127.0.0.1:9180:1",
  "user@127.0.0.1",
  "[evil]:80",
  "[::1",
  "127.1 ",
  null,
])("the host %p is not: a name server may have pointed it here", (host) => {
  expect(codeFor({ host })).toBe("admin.host");
});

test.each([
  ["cross-site", null],
  ["same-site", null],
  ["nonsense", null],
  [null, "http://evil.example"],
  [null, "null"],
  [null, "http://127.0.0.1:8080"],
  ["same-origin", "http://evil.example"],
])("a page of another site is refused (Sec-Fetch-Site %p, Origin %p)", (fetchSite, origin) => {
  expect(codeFor({ fetchSite, origin })).toBe("admin.cross_site");
});

test.each([
  ["same-origin", "http://127.0.0.1:9180"],
  ["none", null],
  [null, "https://127.0.0.1:9180"],
  [null, null],
])(
  "the own page, a typed address and a program are not (Sec-Fetch-Site %p, Origin %p)",
  (fetchSite, origin) => {
    expect(codeFor({ fetchSite, origin })).toBeNull();
  },
);

test.each([
  [null, "admin.unauthorised"],
  ["", "admin.unauthorised"],
  [TOKEN, "admin.unauthorised"],
  [`Basic ${TOKEN}`, "admin.unauthorised"],
  [`Bearer ${TOKEN}x`, "admin.unauthorised"],
  [`Bearer ${TOKEN.slice(1)}`, "admin.unauthorised"],
  [`Bearer ${TOKEN} ${TOKEN}`, "admin.unauthorised"],
  [`Bearer ${TOKEN}`, null],
  [`bearer  ${TOKEN}`, null],
])("with a token set, Authorization %p comes to %p", (authorization, code) => {
  expect(codeFor({ authorization }, { token: TOKEN })).toBe(code);
});

test("beyond this machine nobody gets in without a token", () => {
  expect(codeFor({}, { isLoopback: false })).toBe("admin.no_token");
  expect(codeFor({}, { isLoopback: false, isCertified: true })).toBeNull();
  expect(codeFor({}, { isCertified: true, token: TOKEN })).toBe("admin.unauthorised");
  expect(codeFor({ authorization: `Bearer ${TOKEN}` }, { isLoopback: false, token: TOKEN })).toBeNull();
});

test("a token does not open the door for another site's page or name", () => {
  const authorization = `Bearer ${TOKEN}`;
  expect(codeFor({ authorization, fetchSite: "cross-site" }, { token: TOKEN })).toBe("admin.cross_site");
  expect(codeFor({ authorization, host: "evil.example" }, { token: TOKEN })).toBe("admin.host");
});

test("probes are answered whoever asks", () => {
  expect(codeFor({ isProbe: true, host: "evil.example" }, { isLoopback: false })).toBeNull();
});

test("tokens are the same when all of them is", () => {
  expect(isSameText(TOKEN, TOKEN)).toBe(true);
  for (const other of ["", TOKEN.slice(1), `${TOKEN} `, TOKEN.toUpperCase()]) {
    expect(isSameText(other, TOKEN)).toBe(false);
  }
});

test.each([
  ["127.0.0.1:9180", true],
  ["127.9.9.9:1", true],
  ["[::1]:9180", true],
  ["[0:0:0:0:0:0:0:1]:9180", true],
  ["localhost:9180", true],
  ["0.0.0.0:9180", false],
  ["[::]:9180", false],
  ["10.0.0.1:9180", false],
  ["[::11]:9180", false],
  ["[2001:db8::1]:9180", false],
  ["localhost.example:9180", false],
])("%s is a loopback address: %p", (text, expected) => {
  const address = parseAdminAddress(text);
  expect(isLoopback(address)).toBe(expected);
  expect(checkProtected(address, { token: null, tls: null }).ok).toBe(expected);
  expect(checkProtected(address, { token: TOKEN, tls: null }).ok).toBe(true);
  const tls = { cert: "c", key: "k", clientCa: null };
  expect(checkProtected(address, { token: null, tls }).ok).toBe(expected);
  expect(checkProtected(address, { token: null, tls: { ...tls, clientCa: ["ca"] } }).ok).toBe(true);
});
