/** Whom a zone has for servers, and what they show, out of packets. */
import { expect, test } from "bun:test";
import { NameServerLookup } from "../../src/acme/dns/record-lookup.ts";
import { ZoneServer } from "../support/zone-server.ts";

const RECORD = "_acme-challenge.www.shop.example";

async function withZone(run: (server: ZoneServer, lookup: NameServerLookup) => Promise<void>): Promise<void> {
  await using server = await ZoneServer.start();
  await run(server, new NameServerLookup([server.address], server.port));
}

test("the zone is the nearest name above that has servers", () =>
  withZone(async (server, lookup) => {
    server.records.set("shop.example", [{ type: "NS", name: "shop.example", data: "ns.other.example" }]);
    server.records.set("example", [{ type: "NS", name: "example", data: "ns.tld.example" }]);
    server.records.set("ns.other.example", [{ type: "A", name: "ns.other.example", data: "127.0.0.1" }]);
    const zone = { record: RECORD, servers: [server.address] };
    expect(await lookup.zoneOf(RECORD)).toEqual({ ok: true, value: zone });
  }));

test("a server with an address of IPv6 alone is asked there", () =>
  withZone(async (server, lookup) => {
    server.records.set("shop.example", [{ type: "NS", name: "shop.example", data: "ns.shop.example" }]);
    server.records.set("ns.shop.example", [{ type: "AAAA", name: "ns.shop.example", data: "2001:db8::1" }]);
    const servers = [`[2001:db8::1]:${server.port}`];
    expect(await lookup.zoneOf(RECORD)).toEqual({ ok: true, value: { record: RECORD, servers } });
  }));

test("an alias leads to the zone of what it stands for; one without end leads nowhere", () =>
  withZone(async (server, lookup) => {
    server.records.set(RECORD, [{ type: "CNAME", name: RECORD, data: "www.validation.test" }]);
    server.records.set("validation.test", [
      { type: "NS", name: "validation.test", data: "ns.validation.test" },
    ]);
    server.records.set("ns.validation.test", [{ type: "A", name: "ns.validation.test", data: "127.0.0.1" }]);
    const zone = { record: "www.validation.test", servers: [server.address] };
    expect(await lookup.zoneOf(RECORD)).toEqual({ ok: true, value: zone });
    server.records.set("www.validation.test", [{ type: "CNAME", name: "www.validation.test", data: RECORD }]);
    expect((await lookup.zoneOf(RECORD)).ok).toBe(false);
  }));

test("a zone that is not to be found is told", () =>
  withZone(async (_server, lookup) => {
    expect(await lookup.zoneOf(RECORD)).toEqual({
      ok: false,
      error: `the zone of ${RECORD} is not to be found`,
    });
  }));

test("a record may have several texts, and one that is missing is none", () =>
  withZone(async (server, lookup) => {
    expect(await lookup.texts(server.address, RECORD)).toEqual({ ok: true, value: [] });
    server.records.set(RECORD, [
      { type: "TXT", name: RECORD, data: "first" },
      { type: "TXT", name: RECORD, data: "second" },
    ]);
    expect(await lookup.texts(server.address, RECORD)).toEqual({ ok: true, value: ["first", "second"] });
  }));
