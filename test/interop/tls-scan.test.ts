/** What a scanner of TLS servers would report (as testssl.sh does), asked with `openssl s_client`. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { certificatePath } from "../support/certificates.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { type RunningPortward, startPortward } from "./servers/portward.ts";

let scene: Scene;
let proxy: RunningPortward;
beforeAll(async () => {
  scene = await Scene.open();
  const pair = (name: string) =>
    `{ cert: "${certificatePath(`${name}-chain.crt`)}", key: "${certificatePath(`${name}.key`)}" }`;
  proxy = await startPortward(
    scene,
    `
listeners:
  intermediate: { address: "127.0.0.1:0", tls: { certificates: [ ${pair("shop")}, ${pair("shop-rsa")} ] } }
  modern: { address: "127.0.0.1:0", tls: { certificates: [ ${pair("shop")} ], profile: modern } }
routes: [ { listen: [intermediate, modern], path: /, respond: { body: hello } } ]
`,
    // Sessions are resumed by the worker that made them, and by no other (docs/tls.md).
    "--workers=1",
  );
});
afterAll(() => scene[Symbol.asyncDispose]());

interface Report {
  readonly agreed: boolean;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly text: string;
}

/** One handshake; SECLEVEL 0, so that openssl offers what it would not by itself. */
async function scan(listener: string, ...options: readonly string[]): Promise<Report> {
  const where = ["-connect", `127.0.0.1:${proxy.port(listener)}`, "-servername", "shop.example"];
  const child = Bun.spawn(
    [program("openssl"), "s_client", ...where, "-CAfile", certificatePath("root.crt"), ...options],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const text = out + err;
  const [, protocol = null, cipher = null] = /^New, (\S+), Cipher is (\S+)$/m.exec(text) ?? [];
  const agreed = cipher !== null && cipher !== "(NONE)";
  return { agreed, protocol: agreed ? protocol : null, cipher: agreed ? cipher : null, text };
}

describe("protocols", () => {
  for (const [option, intermediate, modern] of [
    ["-tls1", false, false],
    ["-tls1_1", false, false],
    ["-tls1_2", true, false],
    ["-tls1_3", true, true],
  ] as const) {
    test(option, async () => {
      const old = option === "-tls1" || option === "-tls1_1" ? ["-cipher", "ALL:@SECLEVEL=0"] : [];
      expect((await scan("intermediate", option, ...old)).agreed).toBe(intermediate);
      expect((await scan("modern", option, ...old)).agreed).toBe(modern);
    });
  }
});

describe("ciphers of TLS 1.2", () => {
  const sound = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ];

  test("every one that is recommended is taken, with the certificate of its kind", async () => {
    for (const cipher of sound) {
      const kind = cipher.includes("ECDSA") ? "ECDSA+SHA256" : "RSA-PSS+SHA256";
      const report = await scan("intermediate", "-tls1_2", "-cipher", cipher, "-sigalgs", kind);
      expect([cipher, report.cipher]).toEqual([cipher, cipher]);
      expect(report.text).toContain("Verify return code: 0 (ok)");
    }
  });

  test("no other that openssl knows is", async () => {
    const listed = Bun.spawnSync([
      program("openssl"),
      "ciphers",
      "-tls1_2",
      "-s",
      "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
    ]);
    const others = listed.stdout
      .toString()
      .trim()
      .split(":")
      .filter((cipher) => !sound.includes(cipher) && !cipher.startsWith("TLS_"));
    expect(others.length).toBeGreaterThan(40);
    const report = await scan("intermediate", "-tls1_2", "-cipher", `${others.join(":")}:@SECLEVEL=0`);
    expect(report.agreed).toBe(false);
  });

  test("keys are agreed on by elliptic curves, so that what was recorded stays secret", async () => {
    const report = await scan("intermediate", "-tls1_2");
    expect(report.text).toMatch(/Server Temp Key: (?:X25519|ECDH, prime256v1)/);
  });
});

test("there is no compression, and secure renegotiation is announced", async () => {
  const report = await scan("intermediate", "-tls1_2");
  expect(report.text).toContain("Compression: NONE");
  expect(report.text).toContain("Secure Renegotiation IS supported");
});

describe("what a client in the middle would like to have agreed on", () => {
  for (const [what, listener, ...options] of [
    ["a lower version than both know (RFC 7507)", "intermediate", "-tls1_2", "-fallback_scsv"],
    [
      "signatures with SHA-1",
      "intermediate",
      "-tls1_2",
      "-cipher",
      "ALL:@SECLEVEL=0",
      "-sigalgs",
      "ECDSA+SHA1:RSA+SHA1",
    ],
    ["a curve of 224 bits", "intermediate", "-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-groups", "secp224r1"],
    ["RSA without forward secrecy", "intermediate", "-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
    [
      "ciphers without encryption, or with RC4, 3DES or CBC",
      "intermediate",
      "-tls1_2",
      "-cipher",
      "eNULL:RC4:3DES:SHA1:SHA256:SHA384:@SECLEVEL=0",
    ],
  ] as const) {
    test(`not ${what}`, async () => {
      const { agreed, text } = await scan(listener, ...options);
      expect([agreed, text]).toEqual([false, expect.stringMatching(/alert|no protocols|no ciphers/i)]);
    });
  }

  test("nor early data, which can be sent again by others", async () => {
    expect((await scan("modern", "-tls1_3")).text).toMatch(/Early data was not sent|Max Early Data: 0/);
  });
});

test("a client that renegotiates is not followed", async () => {
  const where = ["-connect", `127.0.0.1:${proxy.port("intermediate")}`, "-servername", "shop.example"];
  const child = Bun.spawn([program("openssl"), "s_client", ...where, "-tls1_2"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const reading = (async () => {
    for await (const chunk of child.stdout) output += Buffer.from(chunk).toString("latin1");
  })();
  while (!output.includes("Verify return code")) await Bun.sleep(5);
  child.stdin.write("R\n");
  child.stdin.flush();
  const err = await child.stderr.text();
  await Promise.all([child.exited, reading]);
  expect(output + err).toMatch(
    /RENEGOTIATING[\s\S]*(?:no renegotiation|handshake failure|unexpected|eof|ssl\/tls alert|:error:)/i,
  );
  expect(output).not.toContain("HTTP/1.1");
});

test("Heartbeats, SSL 3 hellos and empty fragments get nobody anywhere", async () => {
  const cases = ["18030300030100ff", "16030000", "1603010001ff", "16030100050100000100"];
  for (const hex of cases) {
    const received: Buffer[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: proxy.port("intermediate"),
      socket: {
        data: (_, chunk) => void received.push(Buffer.from(chunk)),
        close: () => resolve(),
        error: () => resolve(),
      },
    });
    socket.write(Buffer.from(hex, "hex"));
    socket.shutdown();
    await promise;
    expect(Buffer.concat(received).length).toBeLessThanOrEqual(7);
  }
});

test("sessions are resumed in both versions", async () => {
  for (const option of ["-tls1_2", "-tls1_3"]) {
    const file = scene.path(`session${option}.pem`);
    const where = [
      "-connect",
      `127.0.0.1:${proxy.port("intermediate")}`,
      "-servername",
      "shop.example",
      option,
    ];
    const ask = (how: string) =>
      Bun.spawn(
        [
          "sh",
          "-c",
          `printf 'GET / HTTP/1.1\\r\\nHost: shop.example\\r\\nConnection: close\\r\\n\\r\\n' | "$0" s_client "$@" -ign_eof`,
          program("openssl"),
          ...where,
          how,
          file,
        ],
        {
          stdin: "ignore",
          stdout: "pipe",
          stderr: "ignore",
        },
      ).stdout.text();
    expect(await ask("-sess_out")).toMatch(/^New, /m);
    expect(await ask("-sess_in")).toMatch(/^Reused, /m);
  }
});
