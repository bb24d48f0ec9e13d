/** HTTPS at the admin address: what is shown there, and who gets in. */
import { afterEach, describe, expect, test } from "bun:test";
import { request } from "node:https";
import { readAdminTls } from "../../src/admin/http/admin-tls.ts";
import type { AdminServer } from "../../src/admin/http/server.ts";
import { FakeInstance } from "../../src/admin/test-support/fake-instance.ts";
import { serveInstance } from "../../src/admin/test-support/serve-instance.ts";
import { certificatePath, pem } from "../support/certificates.ts";

const SITE =
  "listeners: { web: { address: 8080 } }\nroutes: [{ listen: web, path: /, respond: { body: hi } }]\n";
const TOKEN_SITE = `settings: { admin: { token: "0123456789abcdef" } }\n${SITE}`;
const FILES = {
  cert: certificatePath("shop-chain.crt"),
  key: certificatePath("shop.key"),
  clientCa: [certificatePath("root.crt")],
};

let server: AdminServer | null = null;
afterEach(() => server?.close());

function serve(files: Parameters<typeof readAdminTls>[0], site = SITE): void {
  const tls = readAdminTls(files);
  if (!tls.ok) throw new Error(tls.error);
  server = serveInstance(new FakeInstance(site), undefined, tls.value);
}

/** The status, or the word for why there is none. */
function ask(
  client: string | null,
  path = "/api/workers",
  token: string | null = null,
): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const shown = client === null ? {} : { cert: pem(`${client}.crt`), key: pem(`${client}.key`) };
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  const options = { ca: pem("root.crt"), agent: false, headers, ...shown } as const;
  const asked = request(`https://${server!.address}${path}`, options, (answer) => {
    answer.resume();
    resolve(answer.statusCode!);
  });
  asked.on("error", () => resolve("refused"));
  asked.end();
  return promise;
}

describe("client certificates", () => {
  test("who shows one of the right authority gets in; without one, or with another's, nobody does", async () => {
    serve(FILES);
    expect(await ask("client")).toBe(200);
    expect(await ask(null)).toBe("refused");
    expect(await ask("client-stranger")).toBe("refused");
    expect(await ask(null, "/healthz")).toBe("refused");
    expect(await ask("client", "/healthz")).toBe(200);
  });

  test("a token is wanted beside them where one is set", async () => {
    serve(FILES, TOKEN_SITE);
    expect(await ask("client")).toBe(401);
    expect(await ask("client", "/api/workers", "0123456789abcdef")).toBe(200);
    expect(await ask(null, "/api/workers", "0123456789abcdef")).toBe("refused");
  });

  test("without `client_ca` nobody is asked for any", async () => {
    serve({ ...FILES, clientCa: null });
    expect(await ask(null)).toBe(200);
    expect(fetch(`http://${server!.address}/healthz`)).rejects.toThrow();
  });
});

test.each([
  [{ ...FILES, cert: "/nowhere.crt" }, "/nowhere.crt cannot be read (ENOENT)"],
  [{ ...FILES, key: certificatePath("other.key") }, "are no certificate and its key"],
  [{ ...FILES, cert: certificatePath("shop.key") }, "are no certificate and its key"],
  [{ ...FILES, clientCa: [certificatePath("client.key")] }, "has no certificate in it"],
])("files that are not what they should be are told: %#", (files, says) => {
  const read = readAdminTls(files);
  expect(read.ok ? "" : read.error).toContain(says);
});
