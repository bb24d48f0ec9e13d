/** Sources that change, fail and come back, in front of a proxy that serves. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DnsServer } from "../support/dns-server.ts";
import { eventually } from "../support/eventually.ts";
import { DiscoveredProxy, named } from "./discovered-proxy.ts";

function temporaryFile(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "portward-"));
  const path = join(folder, "targets.yaml");
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

describe("file", () => {
  test("is followed: replaced, half written, gone and back", async () => {
    using a = named("a");
    using b = named("b");
    using file = temporaryFile(`["${a.target}"]`);
    await using proxy = await DiscoveredProxy.start(`{ file: { path: "${file.path}" } }`);
    expect(await proxy.ask()).toBe("a");
    writeFileSync(`${file.path}.new`, `- ${a.target}\n- { host: 127.0.0.1, port: ${b.port} }\n`);
    renameSync(`${file.path}.new`, file.path);
    await proxy.reaches("a", "b");
    writeFileSync(file.path, `["${b.target}", `);
    expect(await proxy.logged("source_fails")).toMatchObject({ upstream: "api", code: "nonsense" });
    await proxy.reaches("a", "b");
    rmSync(file.path);
    await eventually(() => proxy.source.problem?.code === "unreachable", "the file is missed");
    await proxy.reaches("a", "b");
    writeFileSync(file.path, `["${b.target}"]`);
    await proxy.reaches("b");
    expect(proxy.source).toMatchObject({ upstream: "api", provider: "file", targets: 1, problem: null });
  });

  test("that is not there stops only its own route, until it is", async () => {
    using a = named("a");
    using file = temporaryFile("[]");
    rmSync(file.path);
    await using proxy = await DiscoveredProxy.start(`{ file: { path: "${file.path}" } }`);
    expect(await proxy.ask()).toBe("upstream.no_target");
    writeFileSync(file.path, `["${a.target}"]`);
    await proxy.reaches("a");
  });

  test("changing a thousand times a minute disturbs no request", async () => {
    using a = named("a");
    using b = named("b");
    using file = temporaryFile(`["${a.target}"]`);
    await using proxy = await DiscoveredProxy.start(`{ file: { path: "${file.path}" } }`);
    const answers = new Set<string>();
    for (let change = 0; change < 60 || (answers.size < 2 && change < 5_000); change++) {
      writeFileSync(
        `${file.path}.new`,
        change % 2 === 0 ? `["${b.target}"]` : `["${a.target}", "${b.target}"]`,
      );
      renameSync(`${file.path}.new`, file.path);
      for (let i = 0; i < 20; i++) answers.add(await proxy.ask());
    }
    expect([...answers].sort()).toEqual(["a", "b"]);
  });

  test("reload: the same source goes on, another takes its place", async () => {
    using a = named("a");
    using b = named("b");
    using first = temporaryFile(`["${a.target}"]`);
    using second = temporaryFile(`["${b.target}"]`);
    await using proxy = await DiscoveredProxy.start(`{ file: { path: "${first.path}" } }`);
    const { sinceMs } = proxy.source;
    await proxy.reload(`{ file: { path: "${first.path}" } }`);
    expect(proxy.source.sinceMs).toBe(sinceMs);
    expect(await proxy.ask()).toBe("a");
    await proxy.reload(`{ file: { path: "${second.path}" } }`);
    expect(await proxy.ask()).toBe("b");
  });
});

describe("http", () => {
  test("is asked again, with its ETag, and told nonsense it holds on to what it had", async () => {
    using a = named("a");
    using b = named("b");
    let [body, etag, status] = [`["${a.target}"]`, '"1"', 200];
    const seen: (string | null)[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        seen.push(request.headers.get("if-none-match"));
        expect(request.headers.get("authorization")).toBe("Bearer secret");
        if (status === 200 && request.headers.get("if-none-match") === etag)
          return new Response(null, { status: 304 });
        return new Response(body, { status, headers: { etag } });
      },
    });
    const discover = `{ http: { url: "http://127.0.0.1:${server.port}/", every: 100ms, headers: { authorization: "Bearer secret" } } }`;
    await using proxy = await DiscoveredProxy.start(discover);
    expect(await proxy.ask()).toBe("a");
    await eventually(() => seen.includes('"1"'), "a conditional request");
    [body, etag] = [`{"targets":["${b.target}"]}`, '"2"'];
    await proxy.reaches("b");
    [body, etag] = ["<html>", '"3"'];
    expect(await proxy.logged("source_fails")).toMatchObject({ code: "nonsense" });
    status = 500;
    await eventually(() => proxy.source.problem?.code === "refused", "a refusal");
    expect(proxy.source.problem!.message).toEndWith("answers 500");
    expect(await proxy.ask()).toBe("b");
    expect(JSON.stringify(proxy.lines)).not.toContain("secret");
    await server.stop(true);
  });
});

describe("dns", () => {
  test("each address is a target, asked for again when its TTL is over", async () => {
    await using dns = await DnsServer.start();
    using a = named("a", "127.0.0.2");
    using b = named("b", "127.0.0.3", a.port);
    dns.records.set("api.test", [{ address: "127.0.0.2", ttl: 0 }]);
    const discover = `{ dns: { name: api.test, port: ${a.port}, at_least: 50ms, servers: ["${dns.address}"] } }`;
    await using proxy = await DiscoveredProxy.start(discover);
    expect(await proxy.ask()).toBe("a");
    dns.records.set("api.test", [
      { address: "127.0.0.2", ttl: 0 },
      { address: "127.0.0.3", ttl: 0 },
    ]);
    await proxy.reaches("a", "b");
    dns.behaviour = "failure";
    await eventually(() => proxy.source.problem !== null, "a failure");
    await proxy.reaches("a", "b");
    dns.behaviour = "answer";
    dns.records.set("api.test", [{ address: "127.0.0.3", ttl: 0 }]);
    await proxy.reaches("b");
    expect(b.port).toBe(a.port);
  });
});

describe("consul", () => {
  test("is asked by blocking queries, for instances that pass", async () => {
    using a = named("a");
    using b = named("b");
    let index = 5;
    let changed = Promise.withResolvers<void>();
    let services: object[] = [instance(a.port)];
    const seen: URL[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const url = new URL(request.url);
        seen.push(url);
        expect(request.headers.get("x-consul-token")).toBe("consul-secret");
        if (url.searchParams.get("index") === String(index)) await changed.promise;
        return Response.json(services, { headers: { "x-consul-index": String(index) } });
      },
    });
    await using proxy = await DiscoveredProxy.start(
      `{ consul: { url: "http://127.0.0.1:${server.port}", service: api, tag: v2, token: consul-secret } }`,
    );
    await proxy.reaches("a");
    expect(seen[0]!.pathname).toBe("/v1/health/service/api");
    expect(Object.fromEntries(seen[0]!.searchParams)).toMatchObject({ passing: "1", tag: "v2", index: "0" });
    services = [instance(a.port), weighted(b.port)];
    index++;
    changed.resolve();
    changed = Promise.withResolvers<void>();
    await proxy.reaches("a", "b");
    services = [{ Node: {}, Service: {} }];
    index++;
    changed.resolve();
    await eventually(() => proxy.source.problem?.code === "nonsense", "a complaint");
    await proxy.reaches("a", "b");
    expect(JSON.stringify(proxy.lines)).not.toContain("consul-secret");
    await server.stop(true);
  });

  /** At its node's own address. */
  function weighted(port: number) {
    return { ...instance(port), Service: { Port: port, Weights: { Passing: 3 } } };
  }

  function instance(port: number) {
    return {
      Node: { Address: "127.0.0.1", Datacenter: "eu-1" },
      Service: { Address: "127.0.0.1", Port: port },
    };
  }
});

describe("docker", () => {
  test("containers by label, followed by events", async () => {
    using a = named("a", "127.0.0.2");
    using b = named("b", "127.0.0.3");
    const folder = mkdtempSync(join(tmpdir(), "portward-"));
    const socket = join(folder, "docker.sock");
    let containers = [container("aaa", "127.0.0.2", { "portward.port": String(a.port) }, "Up 2 minutes")];
    let tell: (event: object) => void = () => {};
    const server = Bun.serve({
      unix: socket,
      fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        const filters = JSON.parse(searchParams.get("filters")!);
        if (pathname === "/events") {
          expect(filters.type).toEqual(["container"]);
          return new Response(
            new ReadableStream({
              start(controller) {
                tell = (event) => controller.enqueue(`${JSON.stringify(event)}\n`);
                // Headers leave with the first byte.
                controller.enqueue("\n");
              },
            }),
          );
        }
        expect(pathname).toBe("/containers/json");
        expect(filters).toEqual({ label: ["portward.upstream=api"], status: ["running"] });
        return Response.json(containers);
      },
    });
    await using proxy = await DiscoveredProxy.start(`{ docker: { socket: "${socket}", upstream: api } }`);
    await proxy.reaches("a");
    const starting = container(
      "bbb",
      "127.0.0.3",
      { "portward.network": "back" },
      "Up 1 second (health: starting)",
    );
    containers = [...containers, { ...starting, Ports: [{ PrivatePort: b.port, Type: "tcp" }] }];
    tell({ Type: "container", Action: "start" });
    await proxy.reaches("a");
    containers = containers.map((each) =>
      each.Id === "bbb" ? { ...each, Status: "Up 9 seconds (healthy)" } : each,
    );
    tell({ Type: "container", Action: "health_status: healthy" });
    await proxy.reaches("a", "b");
    containers = containers.slice(1);
    tell({ Type: "container", Action: "die" });
    await proxy.reaches("b");
    containers = [container("ccc", "127.0.0.2", {}, "Up 1 minute")];
    tell({ Type: "container", Action: "start" });
    const { message } = await proxy.logged("source_fails");
    expect(message).toBe("container ccc has no port; label it `portward.port`");
    await proxy.reaches("b");
    await server.stop(true);
    rmSync(folder, { recursive: true });
  });

  function container(id: string, address: string, labels: Record<string, string>, status: string) {
    return {
      Id: id,
      Labels: { "portward.upstream": "api", ...labels },
      Status: status,
      Ports: [] as { PrivatePort: number; Type: string }[],
      NetworkSettings: { Networks: { back: { IPAddress: address } } },
    };
  }
});

describe("kubernetes", () => {
  test("ready endpoints of a service: listed, watched, and listed anew when the watch is too old", async () => {
    using a = named("a", "127.0.0.2");
    using b = named("b", "127.0.0.3", a.port);
    const token = temporaryFile("kube-secret\n");
    let items = [slice("api-1", "1", [{ addresses: ["127.0.0.2"], zone: "eu-1a" }])];
    let tell: (event: object) => void = () => {};
    let lists = 0;
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        expect(request.headers.get("authorization")).toBe("Bearer kube-secret");
        expect(pathname).toBe("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices");
        expect(searchParams.get("labelSelector")).toBe("kubernetes.io/service-name=api");
        if (searchParams.get("watch") === null) {
          lists++;
          return Response.json({ metadata: { resourceVersion: "10" }, items });
        }
        return new Response(
          new ReadableStream({
            start(controller) {
              tell = (event) => controller.enqueue(`${JSON.stringify(event)}\n`);
              controller.enqueue("\n");
            },
          }),
        );
      },
    });
    const where = `url: "http://127.0.0.1:${server.port}", token_file: "${token.path}"`;
    await using proxy = await DiscoveredProxy.start(
      `{ kubernetes: { service: api, namespace: shop, port: http, ${where} } }`,
    );
    await proxy.reaches("a");
    const other = slice("api-2", "11", [
      { addresses: ["127.0.0.3"], conditions: { ready: true } },
      { addresses: ["127.0.0.9"], conditions: { ready: false } },
    ]);
    tell({ type: "ADDED", object: other });
    await proxy.reaches("a", "b");
    tell({ type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } });
    tell({ type: "DELETED", object: items[0] });
    await proxy.reaches("b");
    expect(lists).toBe(1);
    items = [slice("api-1", "20", [{ addresses: ["127.0.0.2"] }])];
    tell({ type: "ERROR", object: { code: 410, message: "too old resource version" } });
    await proxy.reaches("a");
    expect(proxy.lines.find(({ event }) => event === "source_fails")?.["message"]).toContain("too old");
    expect(JSON.stringify(proxy.lines)).not.toContain("kube-secret");
    expect(b.port).toBe(a.port);
    token[Symbol.dispose]();
    await server.stop(true);

    function slice(name: string, resourceVersion: string, endpoints: object[]) {
      const ports = [
        { name: "metrics", port: 9, protocol: "TCP" },
        { name: "http", port: a.port, protocol: "TCP" },
      ];
      return { metadata: { name, resourceVersion }, ports, endpoints };
    }
  });
});
