/** Sources of targets as they are in the world: dnsmasq, etcd, NATS and Redis, each changed while the proxy serves. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { DiscoveredProxy, named } from "../discovery/discovered-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startEtcd } from "./servers/etcd.ts";
import { redisCli, startRedis } from "./servers/redis.ts";

test("dnsmasq: addresses and SRV records that change", async () => {
  await using scene = await Scene.open();
  using a = named("a", "127.0.0.2");
  using b = named("b", "127.0.0.3", a.port);
  const port = freePort();
  const hosts = scene.path("hosts");
  writeFileSync(hosts, "127.0.0.2 api.test\n");
  const srv = (target: string, weight: number) =>
    `--srv-host=_http._tcp.api.test,${target},${a.port},0,${weight}`;
  const options = [
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--no-resolv",
    "--no-hosts",
    `--port=${port}`,
  ];
  const more = [
    "--listen-address=127.0.0.1",
    "--bind-interfaces",
    `--addn-hosts=${hosts}`,
    "--user=root",
    "--pid-file=",
  ];
  const records = [
    "--host-record=a.test,127.0.0.2",
    "--host-record=b.test,127.0.0.3",
    srv("a.test", 1),
    srv("b.test", 1),
  ];
  const dnsmasq = scene.start("dnsmasq", [program("dnsmasq"), ...options, ...more, ...records]);
  const dns = `servers: ["127.0.0.1:${port}"], at_least: 50ms, at_most: 100ms`;
  await using addresses = await DiscoveredProxy.start(`{ dns: { name: api.test, port: ${a.port}, ${dns} } }`);
  await addresses.reaches("a");
  writeFileSync(hosts, "127.0.0.2 api.test\n127.0.0.3 api.test\n");
  process.kill(dnsmasq.pid, "SIGHUP");
  await addresses.reaches("a", "b");
  writeFileSync(hosts, "127.0.0.3 api.test\n");
  process.kill(dnsmasq.pid, "SIGHUP");
  await addresses.reaches("b");
  // Targets of SRV records are names, which the proxy's own resolver must know.
  await using services = await DiscoveredProxy.start(
    `{ dns: { name: _http._tcp.api.test, type: srv, ${dns} } }`,
    `{ dns: { servers: ["127.0.0.1:${port}"] } }`,
  );
  await services.reaches("a", "b");
  expect(b.port).toBe(a.port);
});

test("etcd: keys below a prefix, put and deleted", async () => {
  await using scene = await Scene.open();
  using a = named("a");
  using b = named("b");
  const { url: clientUrl } = await startEtcd(scene);
  const kv = async (path: string, body: Record<string, string>) => {
    const encoded = Object.fromEntries(Object.entries(body).map(([key, text]) => [key, btoa(text)]));
    const answer = await fetch(`${clientUrl}/v3/kv/${path}`, {
      method: "POST",
      body: JSON.stringify(encoded),
    });
    expect(answer.status).toBe(200);
    await answer.text();
  };
  await kv("put", { key: "/services/api/a", value: a.target });
  await kv("put", { key: "/services/apix", value: "not ours" });
  await using proxy = await DiscoveredProxy.start(
    `{ etcd: { urls: ["${clientUrl}"], prefix: /services/api/ } }`,
  );
  await proxy.reaches("a");
  await kv("put", {
    key: "/services/api/b",
    value: JSON.stringify({ host: "127.0.0.1", port: b.port, weight: 2 }),
  });
  await proxy.reaches("a", "b");
  await kv("deleterange", { key: "/services/api/a" });
  await proxy.reaches("b");
  await kv("put", { key: "/services/api/c", value: "nonsense" });
  await eventually(() => proxy.source.problem?.code === "nonsense", "a complaint");
  await proxy.reaches("b");
});

test("NATS: a bucket of the key-value store", async () => {
  await using scene = await Scene.open();
  using a = named("a");
  using b = named("b");
  const port = freePort();
  const options = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", scene.path("nats")];
  await scene.startOn(port, "nats", [program("nats-server"), ...options]);
  const connection = await connect({ servers: `nats://127.0.0.1:${port}` });
  const store = await new Kvm(connection).create("services");
  await store.put("api.a", a.target);
  await store.put("other.b", "not ours");
  await using proxy = await DiscoveredProxy.start(
    `{ nats: { servers: ["nats://127.0.0.1:${port}"], bucket: services, prefix: api. } }`,
  );
  await proxy.reaches("a");
  await store.put("api.b", b.target);
  await proxy.reaches("a", "b");
  await store.delete("api.a");
  await proxy.reaches("b");
  await connection.close();
});

test("Redis: keys below a prefix, set, expired and deleted", async () => {
  await using scene = await Scene.open();
  using a = named("a");
  using b = named("b");
  const port = await startRedis(scene);
  const cli = (...words: string[]) => scene.run([...redisCli(port), ...words]);
  await cli("CONFIG", "SET", "notify-keyspace-events", "KEA");
  await cli("SET", "services:api:a", a.target);
  await cli("SET", "services:other", "not ours");
  await using proxy = await DiscoveredProxy.start(
    `{ redis: { url: "redis://127.0.0.1:${port}", prefix: "services:api:", refresh: 1h } }`,
  );
  await proxy.reaches("a");
  await cli("SET", "services:api:b", b.target, "PX", "1500");
  await proxy.reaches("a", "b");
  await proxy.reaches("a");
  await cli("SET", "services:api:b", b.target);
  await cli("DEL", "services:api:a");
  await proxy.reaches("b");
});
