/** What a webhook is told, and that one that misbehaves is bounded in time and learns nothing. */
import { expect, test } from "bun:test";
import type { DnsAction } from "./dns-hook.ts";
import { Webhook } from "./webhook.ts";

const RECORD = { record: "_acme-challenge.shop.example", value: "v".repeat(43) };

interface Call {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

class Server implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(answer: (request: Request) => Response | Promise<Response>) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        const path = new URL(request.url).pathname;
        this.calls.push({
          path,
          authorization: request.headers.get("authorization"),
          body: await request.json(),
        });
        return answer(request);
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function failure(hook: Webhook, action: DnsAction = "present"): Promise<string | null> {
  return hook.call(action, RECORD).then(
    () => null,
    ({ message }: Error) => message,
  );
}

test("both calls say the name and the value, and who is asking", async () => {
  await using server = new Server(() => new Response(null, { status: 204 }));
  const hook = new Webhook(server.url, "letmein", 5_000);
  for (const action of ["present", "cleanup"] as const) expect(await failure(hook, action)).toBeNull();
  const body = { fqdn: "_acme-challenge.shop.example.", value: RECORD.value };
  expect(server.calls).toEqual([
    { path: "/hook/present", authorization: "Bearer letmein", body },
    { path: "/hook/cleanup", authorization: "Bearer letmein", body },
  ]);
});

test("a redirect is a failure and is not followed, so the token goes nowhere else", async () => {
  await using elsewhere = new Server(() => new Response("stolen"));
  await using server = new Server(() => Response.redirect(elsewhere.url, 307));
  expect(await failure(new Webhook(server.url, "letmein", 5_000))).toContain("status 307");
  expect(elsewhere.calls).toEqual([]);
});

test("one that says no is told with its status, and not with its text", async () => {
  await using server = new Server(() => new Response("letmein is wrong\u001b[31m", { status: 403 }));
  expect(await failure(new Webhook(server.url, "letmein", 5_000))).toBe(
    "the webhook answers present with status 403",
  );
});

test("one that hangs is given up", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using server = new Server(() => promise);
  expect(await failure(new Webhook(server.url, null, 200))).toContain("not in time");
  resolve(new Response());
});

test("an answer without end is not read", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = new Server(() => {
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1 << 20));
      },
      cancel: () => cancelled.resolve(),
    });
    return new Response(endless);
  });
  expect(await failure(new Webhook(server.url, null, 5_000))).toBeNull();
  await cancelled.promise;
});

test("one that is not there is told", async () => {
  expect(await failure(new Webhook("http://127.0.0.1:1", null, 5_000))).toContain("does not answer");
});
