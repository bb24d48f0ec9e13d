/** What an authority says of a renewal, and what is made of it when it says nonsense. */
import { expect, test } from "bun:test";
import { certificateId } from "../../src/acme/certificate-id.ts";
import { RenewalInfo } from "../../src/acme/renewal-info.ts";
import { certificatePath, pem } from "../support/certificates.ts";

const NOW_MS = Date.parse("2026-03-01T00:00:00Z");
const WINDOW = { start: "2026-03-10T00:00:00Z", end: "2026-03-12T00:00:00Z" };

/** An authority of two addresses. */
class Authority implements AsyncDisposable {
  readonly paths: string[] = [];
  hasInfo = true;
  info: () => Response = () => Response.json({ suggestedWindow: WINDOW });
  readonly #server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: pem("shop-chain.crt"), key: pem("shop.key") },
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      this.paths.push(pathname);
      if (pathname !== "/dir") return this.info();
      return Response.json(this.hasInfo ? { renewalInfo: `${this.#url}/info` } : {});
    },
  });

  get #url(): string {
    return `https://127.0.0.1:${this.#server.port}`;
  }

  advisor(): RenewalInfo {
    return new RenewalInfo({ directory: `${this.#url}/dir`, ca: certificatePath("root.crt") }, () => NOW_MS);
  }

  advise(): ReturnType<RenewalInfo["advise"]> {
    return this.advisor().advise(pem("shop-chain.crt"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

test("a certificate is called by its issuer's key and its number, as in RFC 9773", async () => {
  expect(await certificateId(RFC_EXAMPLE)).toBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  expect(await certificateId(`${RFC_EXAMPLE}\n${pem("shop-chain.crt")}`)).toBe(
    await certificateId(RFC_EXAMPLE),
  );
  expect(await certificateId("text")).toBeNull();
  expect(await certificateId("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")).toBeNull();
});

test("the window and its reason come with the time after which to ask again", async () => {
  await using authority = new Authority();
  authority.info = () =>
    Response.json(
      { suggestedWindow: WINDOW, explanationURL: "https://ca.example/why" },
      { headers: { "retry-after": "7200" } },
    );
  expect(await authority.advise()).toEqual({
    ok: true,
    value: {
      fromMs: Date.parse(WINDOW.start),
      toMs: Date.parse(WINDOW.end),
      askAgainMs: 7_200_000,
      explanation: "https://ca.example/why",
    },
  });
  expect(authority.paths).toEqual(["/dir", `/info/${await certificateId(pem("shop-chain.crt"))}`]);
});

test("how soon it is asked again has bounds", async () => {
  await using authority = new Authority();
  for (const [retryAfter, askAgainMs] of [
    ["1", 60_000],
    ["999999", 86_400_000],
    ["soon", 21_600_000],
    ["Sun, 01 Mar 2026 01:00:00 GMT", 3_600_000],
  ] as const) {
    authority.info = () =>
      Response.json({ suggestedWindow: WINDOW }, { headers: { "retry-after": retryAfter } });
    expect(await authority.advise()).toMatchObject({ value: { askAgainMs } });
  }
});

test("an authority without renewal information gives no advice, and knows no certificate by name", async () => {
  await using authority = new Authority();
  authority.hasInfo = false;
  expect(await authority.advise()).toEqual({ ok: true, value: null });
  expect(await authority.advisor().identify(pem("shop-chain.crt"))).toBeNull();
});

test("nonsense, redirects, failures and answers without end are failures, and nothing of them is followed", async () => {
  await using authority = new Authority();
  const endless = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) });
  for (const info of [
    () => Response.json({}),
    () => Response.json(null),
    () => Response.json({ suggestedWindow: { start: WINDOW.end, end: WINDOW.start } }),
    () => Response.json({ suggestedWindow: { start: 1, end: 2 } }),
    () => new Response("{"),
    () => new Response("{}", { status: 500 }),
    () => Response.redirect("https://127.0.0.1:1/elsewhere", 302),
    () => new Response(endless()),
  ]) {
    authority.info = info;
    expect((await authority.advise()).ok).toBe(false);
  }
});

test("a reason that is no web address gets nowhere", async () => {
  await using authority = new Authority();
  for (const explanationURL of [
    "javascript:alert(1)",
    "\u001b[31m",
    3,
    `https://ca.example/${"x".repeat(600)}`,
  ]) {
    authority.info = () => Response.json({ suggestedWindow: WINDOW, explanationURL });
    expect(await authority.advise()).toMatchObject({ ok: true, value: { explanation: null } });
  }
});

/** Appendix A of RFC 9773. */
const RFC_EXAMPLE = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----`;
