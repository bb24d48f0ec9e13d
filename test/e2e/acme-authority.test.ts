/** How an authority that fails is told: what it said, and when it wants to be asked again. One that works is Pebble's part. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AcmeAuthority, type AcmeProblem } from "../../src/acme/authority.ts";
import { DirectoryShelf } from "../../src/acme/shelf-directory.ts";
import { AcmeStorage } from "../../src/acme/storage.ts";
import { certificatePath, pem } from "../support/certificates.ts";

async function askOnce(
  answer: (request: Request) => Response | Promise<Response>,
  ca: string | null = certificatePath("root.crt"),
): Promise<{ problem: AcmeProblem; requests: number }> {
  let requests = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: pem("shop-chain.crt"), key: pem("shop.key") },
    fetch(request) {
      requests++;
      return answer(request);
    },
  });
  const storage = mkdtempSync(join(tmpdir(), "portward-acme-"));
  try {
    const directory = `https://127.0.0.1:${server.port}/dir`;
    const authority = new AcmeAuthority(
      {
        storage,
        shared: null,
        directory,
        email: null,
        externalAccount: null,
        onDemand: null,
        challenge: "http-01",
        dns: null,
        ca,
      },
      new AcmeStorage(new DirectoryShelf(storage)),
    );
    const obtained = await authority.obtain("a.example");
    if (obtained.ok) throw new Error("nobody can have issued this");
    return { problem: obtained.error, requests };
  } finally {
    await server.stop(true);
    rmSync(storage, { recursive: true, force: true });
  }
}

test("a limit is told with the time that the authority asks for, and not tried again here", async () => {
  const headers = { "retry-after": "120", "content-type": "application/problem+json" };
  const limited = () =>
    new Response('{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"}', {
      status: 429,
      headers,
    });
  const { problem, requests } = await askOnce(limited);
  expect(problem.retryAfterMs).toBe(120_000);
  expect(problem.message).not.toBe("");
  expect(requests).toBe(1);
});

test("an authority that says nothing about time leaves it to us", async () => {
  const { problem } = await askOnce(() => new Response("oops", { status: 500 }));
  expect(problem.retryAfterMs).toBe(0);
  expect(problem.message).toContain("500");
});

test("an authority whose certificate nobody has signed is not asked", async () => {
  const { problem, requests } = await askOnce(() => new Response("{}"), null);
  expect(problem.message).toMatch(/certificate|verify/i);
  expect(requests).toBe(0);
});

/** Refuses the nonce of what it is asked for so many times in a row, then says what it thinks. Every nonce is good for once. */
class ForgetfulAuthority {
  readonly used: string[] = [];
  readonly given: string[] = [];
  readonly #refusals: number;

  constructor(refusals: number) {
    this.#refusals = refusals;
  }

  async answer(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    if (pathname === "/dir")
      return Response.json({ newNonce: `${origin}/nonce`, newAccount: `${origin}/account` });
    const nonce = `nonce-${this.given.length}`;
    this.given.push(nonce);
    const headers = { "replay-nonce": nonce, "content-type": "application/problem+json" };
    if (request.method === "HEAD") return new Response(null, { headers });
    const { protected: head } = (await request.json()) as { protected: string };
    this.used.push(JSON.parse(Buffer.from(head, "base64url").toString()).nonce);
    const type = this.used.length <= this.#refusals ? "badNonce" : "unauthorized";
    const problem = { type: `urn:ietf:params:acme:error:${type}`, detail: `this is ${type}` };
    return Response.json(problem, { status: type === "badNonce" ? 400 : 403, headers });
  }
}

test("a refused nonce is nothing but the next one's turn, also many times in a row", async () => {
  const authority = new ForgetfulAuthority(20);
  const { problem } = await askOnce((request) => authority.answer(request));
  expect(problem.message).toContain("this is unauthorized");
  expect(authority.used).toEqual(authority.given.slice(0, 21));
});

test("an authority that takes no nonce at all is not asked for ever", async () => {
  const authority = new ForgetfulAuthority(Number.POSITIVE_INFINITY);
  const { problem } = await askOnce((request) => authority.answer(request));
  expect(problem.message).toContain("this is badNonce");
  expect(authority.used).toHaveLength(21);
});
