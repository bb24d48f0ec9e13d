/** Clients and keys that belong to one target: real targets, real cookies, over restarts and losses. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, EchoUpstream } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

let upstreams: EchoUpstream[];
beforeAll(async () => {
  upstreams = await Promise.all(["a", "b", "c"].map((name) => EchoUpstream.start(name)));
});
afterAll(() => Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]())));

function proxyWith(balance: string, among: readonly EchoUpstream[] = upstreams): Promise<TestProxy> {
  const targets = among.map(({ port }) => `"127.0.0.1:${port}"`);
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, balance: ${balance}, targets: [${targets.join(", ")}] }]
`);
}

/** Who answers, and the cookie that is set; null when none is. */
async function answer(
  proxy: TestProxy,
  path: string,
  ...fields: readonly string[]
): Promise<{ name: string; cookie: string | null }> {
  using client = await RawPeer.connect(proxy.port());
  const { echo, fields: answered } = await ask(client, `GET ${path} HTTP/1.1`, "Host: h", ...fields);
  return { name: echo.name, cookie: answered["set-cookie"]?.split(";")[0] ?? null };
}

describe("sticky", () => {
  const balance = "{ policy: sticky, name: at, secret: 0123456789abcdef }";

  test("a client comes back to the target that answered it first, also after a restart", async () => {
    const seen = new Map<string, string>();
    {
      await using proxy = await proxyWith(balance);
      while (seen.size < 3) {
        const { name, cookie } = await answer(proxy, "/");
        expect(cookie).toMatch(/^at=[\w-]{22}$/);
        seen.set(name, cookie!);
      }
    }
    await using proxy = await proxyWith(balance);
    for (const [name, cookie] of seen) {
      for (let i = 0; i < 5; i++) {
        expect(await answer(proxy, "/", `Cookie: other=1; ${cookie}`)).toEqual({ name, cookie: null });
      }
    }
  });

  test("a client whose target is gone is served by another, and keeps to that one", async () => {
    await using all = await proxyWith(balance);
    const first = await answer(all, "/");
    await using left = await proxyWith(
      balance,
      upstreams.filter(({ name }) => name !== first.name),
    );
    const second = await answer(left, "/", `Cookie: ${first.cookie}`);
    expect(second.name).not.toBe(first.name);
    expect(second.cookie).not.toBe(first.cookie);
    const third = await answer(left, "/", `Cookie: ${second.cookie}`);
    expect(third).toEqual({ name: second.name, cookie: null });
  });

  test("a target that refuses is passed over, and the client told where it went instead", async () => {
    const dead = await EchoUpstream.start("dead");
    await using proxy = await proxyWith(balance, [dead, upstreams[0]!]);
    let cookie: string | null = null;
    for (let name = ""; name !== "dead"; ) ({ name, cookie } = await answer(proxy, "/"));
    await dead[Symbol.asyncDispose]();
    const instead = await answer(proxy, "/", `Cookie: ${cookie}`);
    expect(instead.name).toBe("a");
    expect(instead.cookie).not.toBeNull();
  });
});

for (const policy of ["hash", "maglev"]) {
  describe(policy, () => {
    for (const [by, requestOf] of [
      ["header, name: X-User", (key: string) => ["/", `x-user: ${key}`]],
      ["cookie, name: user", (key: string) => ["/", `Cookie: a=b; user=${key}`]],
      ["query, name: user", (key: string) => [`/?a=b&user=${key}`]],
      ["path", (key: string) => [`/users/${key}`]],
    ] as const) {
      test(`by ${by}: a key keeps its target, keys spread, in every process alike`, async () => {
        const owners = async () => {
          await using proxy = await proxyWith(`{ policy: ${policy}, by: ${by} }`);
          const names: string[] = [];
          for (let key = 0; key < 30; key++) {
            const [path, ...fields] = requestOf(`u${key}`) as [string, ...string[]];
            names.push((await answer(proxy, path, ...fields)).name);
          }
          return names;
        };
        const [first, second] = [await owners(), await owners()];
        expect(first).toEqual(second);
        expect(new Set(first).size).toBe(3);
      });
    }

    test("by source: one client has one target", async () => {
      await using proxy = await proxyWith(`{ policy: ${policy}, by: source }`);
      const names = await Promise.all(Array.from({ length: 6 }, () => answer(proxy, "/")));
      expect(new Set(names.map(({ name }) => name)).size).toBe(1);
    });

    test("requests without the key go anywhere", async () => {
      await using proxy = await proxyWith(`{ policy: ${policy}, by: header, name: x-user }`);
      const seen = new Set<string>();
      while (seen.size < 3) seen.add((await answer(proxy, "/")).name);
    });
  });
}

test("by path: spellings of one path are one key", async () => {
  await using proxy = await proxyWith("{ policy: maglev, by: path }");
  for (let key = 0; key < 10; key++) {
    const names = [`/a/b${key}`, `/a/%62${key}`, `/a/x/../b${key}`, `/a/./b${key}`].map((path) =>
      answer(proxy, path),
    );
    expect(new Set((await Promise.all(names)).map(({ name }) => name)).size).toBe(1);
  }
});
