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
  answer: () => Response,
  ca: string | null = certificatePath("root.crt"),
): Promise<{ problem: AcmeProblem; requests: number }> {
  let requests = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: pem("shop-chain.crt"), key: pem("shop.key") },
    fetch() {
      requests++;
      return answer();
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
