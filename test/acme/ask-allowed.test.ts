/** Whoever is asked whether a name may have a certificate, and how little it can do to us. */
import { expect, test } from "bun:test";
import { askAllowed } from "../../src/acme/ask-allowed.ts";

async function ask(answer: () => Response | Promise<Response>, timeoutMs = 5_000) {
  const asked: string[] = [];
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push(new URL(request.url).search);
      return answer();
    },
  });
  const url = `http://127.0.0.1:${server.port}/allowed?token=x`;
  const allowed = await askAllowed(url, "shop.example", timeoutMs);
  await server.stop(true);
  return { allowed, asked };
}

test("nothing but the status 200 means yes", async () => {
  for (const [status, expected] of [
    [200, "yes"],
    [201, "no"],
    [204, "no"],
    [403, "no"],
    [404, "no"],
    [429, "unknown"],
    [500, "unknown"],
    [503, "unknown"],
  ] as const) {
    const body = status === 204 ? null : "x";
    const { allowed, asked } = await ask(() => new Response(body, { status }));
    expect([status, allowed]).toEqual([status, expected]);
    expect(asked).toEqual(["?token=x&domain=shop.example"]);
  }
});

test("a redirect is a no, also one to somebody who would say yes", async () => {
  await using yes = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") });
  const { allowed } = await ask(() => Response.redirect(`http://127.0.0.1:${yes.port}/`, 302));
  expect(allowed).toBe("no");
});

test("one that hangs, is not there or answers without end holds nobody up", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  expect((await ask(() => promise, 100)).allowed).toBe("unknown");
  resolve(new Response());
  expect(await askAllowed("http://127.0.0.1:1/", "shop.example")).toBe("unknown");
  const endless = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) }));
  expect((await ask(endless)).allowed).toBe("yes");
});
