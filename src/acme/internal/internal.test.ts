/** The authority of this machine, over a storage in memory and a clock that is moved. */
import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { ROOT_CERTIFICATE } from "../../config/values/acme-places.ts";
import { MemoryShelf } from "../shelf-memory.ts";
import { InternalAuthority } from "./internal-authority.ts";
import { openRoot } from "./internal-root.ts";
import type { MadePair } from "./make-certificates.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 30);
const HERE = ["localhost", "127.0.0.1", "::1"];

class Machine {
  nowMs: number = START_MS;
  readonly shelf = new MemoryShelf();
  pauses = 0;

  /** @param others what those who have the lock are doing */
  open(others: Promise<unknown> | null = null) {
    const pause = async () => {
      this.pauses++;
      await others;
    };
    return openRoot({ shelf: this.shelf, wallMs: () => this.nowMs, hostname: "box", pause });
  }

  async root(): Promise<MadePair> {
    const opened = await this.open();
    if (!opened.ok) throw new Error(opened.error);
    return opened.value;
  }

  authority(root: MadePair, names: Record<string, readonly string[]>, lifetimeMs = 7 * DAY_MS) {
    return new InternalAuthority(root, lifetimeMs, new Map(Object.entries(names)), () => this.nowMs);
  }
}

async function issued(authority: InternalAuthority, label: string): Promise<string> {
  const obtained = await authority.obtain(label);
  if (!obtained.ok) throw new Error(obtained.error.message);
  return obtained.value;
}

test("the root is made once, also when two begin at the same moment, and stays", async () => {
  const machine = new Machine();
  const first = machine.open();
  const second = await machine.open(first);
  const one = await machine.root();
  expect([await first, second]).toEqual([
    { ok: true, value: one },
    { ok: true, value: one },
  ]);
  expect(machine.pauses).toBeGreaterThan(0);
  machine.nowMs += 3_000 * DAY_MS;
  expect(await machine.root()).toEqual(one);
  const { subject, ca, validToDate } = new X509Certificate(one.certificate);
  expect([subject, ca]).toEqual(["CN=Portward local CA box 2026-11-30", true]);
  expect(validToDate.getUTCFullYear()).toBe(2036);
  expect(await machine.shelf.get(ROOT_CERTIFICATE)).toBe(one.certificate);
  expect(one.certificate).not.toContain("PRIVATE");
});

test("what people trust is put back when it is gone or another's", async () => {
  const machine = new Machine();
  const { certificate } = await machine.root();
  await machine.shelf.remove(ROOT_CERTIFICATE);
  await machine.root();
  expect(await machine.shelf.get(ROOT_CERTIFICATE)).toBe(certificate);
});

test("a root that has ended is followed by another, one that is damaged is not", async () => {
  const machine = new Machine();
  const first = await machine.root();
  machine.nowMs += 3_700 * DAY_MS;
  const second = await machine.root();
  expect(second.certificate).not.toBe(first.certificate);
  for (const text of [
    second.certificate,
    `${first.certificate}${second.key}`,
    "",
    second.key.slice(0, 100),
  ]) {
    await machine.shelf.put("root.pem", text);
    expect(await machine.open()).toMatchObject({ ok: false, error: expect.stringContaining("damaged") });
    expect(await machine.shelf.get("root.pem")).toBe(text);
  }
});

test("somebody who holds the lock for ever is waited for, and not for ever", async () => {
  const machine = new Machine();
  await machine.shelf.lock();
  expect(await machine.open()).toMatchObject({ ok: false });
  expect(machine.pauses).toBeGreaterThan(10);
});

test("a certificate is good for its names until two thirds of its lifetime, and for no others", async () => {
  const machine = new Machine();
  const root = await machine.root();
  const names = { localhost: HERE, "*.shop.example": ["*.shop.example"] };
  const authority = machine.authority(root, names);
  const [here, wild] = [await issued(authority, "localhost"), await issued(authority, "*.shop.example")];
  expect([authority.isGood("localhost", here), authority.isGood("*.shop.example", wild)]).toEqual([
    true,
    true,
  ]);
  expect(authority.isGood("localhost", wild)).toBe(false);
  const leaf = new X509Certificate(here);
  for (const address of HERE.slice(1)) expect(leaf.checkIP(address)).toBe(address);
  machine.nowMs += 4 * DAY_MS;
  expect(authority.isGood("localhost", here)).toBe(true);
  machine.nowMs += DAY_MS;
  expect(authority.isGood("localhost", here)).toBe(false);
});

test("one more name, another root, a clock that was ahead, half a file: it is issued anew", async () => {
  const machine = new Machine();
  const root = await machine.root();
  const authority = machine.authority(root, { localhost: HERE });
  const here = await issued(authority, "localhost");
  expect(machine.authority(root, { localhost: [...HERE, "10.0.0.1"] }).isGood("localhost", here)).toBe(false);
  expect(machine.authority(await new Machine().root(), { localhost: HERE }).isGood("localhost", here)).toBe(
    false,
  );
  expect(authority.isGood("localhost", here.slice(0, here.length / 2))).toBe(false);
  expect(authority.isGood("localhost", "")).toBe(false);
  machine.nowMs -= 30 * DAY_MS;
  expect(authority.isGood("localhost", here)).toBe(false);
});

test("no certificate outlives its root, and names of any length and script are taken", async () => {
  const machine = new Machine();
  const root = await machine.root();
  machine.nowMs += 3_650 * DAY_MS;
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.example`;
  const authority = machine.authority(root, { [long]: [long], idn: ["xn--mnchen-3ya.example"] });
  const leaf = new X509Certificate(await issued(authority, long));
  expect(leaf.validToDate).toEqual(new X509Certificate(root.certificate).validToDate);
  expect(leaf.checkHost(long)).toBe(long);
  expect(
    new X509Certificate(await issued(authority, "idn")).checkHost("xn--mnchen-3ya.example"),
  ).toBeString();
});

test("a lifetime of minutes is not eaten up by what is allowed for clocks", async () => {
  const machine = new Machine();
  const authority = machine.authority(await machine.root(), { localhost: HERE }, 60_000);
  expect(authority.isGood("localhost", await issued(authority, "localhost"))).toBe(true);
});
