/** The admin address of the real program over TLS: the commands that ask it, and certificates that a reload changes. */
import { expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { posix } from "../../src/io/posix.ts";
import { PORTWARD } from "../cli/support.ts";
import { certificatePath } from "../support/certificates.ts";
import { RunningProgram } from "./running-program.ts";

const SITE = `
settings: { admin: { tls: { cert: admin.crt, key: admin.key, client_ca: operators.crt } } }
routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "fine" } }]
`;

/** Open to everybody, which only certificates allow. */
function adminOf(program: RunningProgram): string {
  return String(program.last("ready")["admin"]).replace("0.0.0.0", "127.0.0.1");
}

/** What the command says, as somebody with that certificate; null: with none. */
async function run(
  program: RunningProgram,
  client: string | null,
  ...words: string[]
): Promise<{ code: number; says: string }> {
  const shown =
    client === null
      ? {}
      : {
          PORTWARD_ADMIN_CERT: certificatePath(`${client}.crt`),
          PORTWARD_ADMIN_KEY: certificatePath(`${client}.key`),
        };
  const child = Bun.spawn([PORTWARD, ...words, "--admin", adminOf(program)], {
    env: { ...process.env, PORTWARD_ADMIN_CA: certificatePath("root.crt"), ...shown },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, says: out + complaint };
}

test.skipIf(posix === null)(
  "commands show their certificate, and a reload changes whose is taken",
  async () => {
    const program = new RunningProgram();
    await using _ = program;
    const put = (from: string, to: string) => copyFileSync(certificatePath(from), join(program.folder, to));
    put("shop-chain.crt", "admin.crt");
    put("shop.key", "admin.key");
    put("root.crt", "operators.crt");
    await program.configure(SITE);
    await program.launch(["--workers", "1", "--admin", "0.0.0.0:0"]);
    const status = await run(program, "client", "status", "--json");
    expect([status.code, JSON.parse(status.says).workers.length]).toEqual([0, 1]);
    for (const stranger of [null, "client-stranger"]) {
      const refused = await run(program, stranger, "status", "--json");
      expect(refused.code).toBe(1);
      expect(refused.says).toContain("PORTWARD_ADMIN_CERT");
    }

    put("stranger.crt", "operators.crt");
    expect((await run(program, "client", "reload")).code).toBe(0);
    expect((await run(program, "client-stranger", "status", "--json")).code).toBe(0);
    expect((await run(program, "client", "status", "--json")).code).toBe(1);

    put("other.key", "admin.key");
    const refused = await run(program, "client-stranger", "reload");
    expect([refused.code, refused.says]).toEqual([1, expect.stringContaining("error[admin.tls]")]);
    expect((await run(program, "client-stranger", "status", "--json")).code).toBe(0);
  },
  60_000,
);
