/** A PostgreSQL session through a TCP route: a large COPY in and out again, compared by checksum. */
import { expect, test } from "bun:test";
import { Scene } from "./scene.ts";
import { startPortward } from "./servers/portward.ts";
import { psql, startPostgres } from "./servers/postgres.ts";

const ROWS = 1_000_000;

test("a COPY of a million rows, in and out, and queries between", async () => {
  await using scene = await Scene.open();
  const postgres = await startPostgres(scene);
  const proxy = await startPortward(
    scene,
    `
listeners: { postgres: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: postgres, targets: ["127.0.0.1:${postgres}"] }]
`,
  );
  const tunnel = proxy.port("postgres");
  const original = scene.path("rows.txt");
  await writeRows(original);

  await scene.run(psql(tunnel, "CREATE TABLE item (id integer, note text, price numeric)"));
  await scene.run(psql(tunnel, `\\copy item FROM '${original}'`));
  // What the server got, asked once through the tunnel and once past it.
  const digest = "SELECT count(*), sum(hashtext(note)::bigint), sum(price) FROM item";
  expect(await scene.run(psql(tunnel, digest))).toBe(await scene.run(psql(postgres, digest)));
  expect(await scene.run(psql(tunnel, "SELECT count(*) FROM item"))).toBe(`${ROWS}\n`);

  const copy = scene.path("copy.txt");
  await scene.run(psql(tunnel, `\\copy (SELECT * FROM item ORDER BY id) TO '${copy}'`));
  expect(await sha256(copy)).toBe(await sha256(original));
});

async function writeRows(path: string): Promise<void> {
  const writer = Bun.file(path).writer();
  for (let id = 0; id < ROWS; id++) {
    writer.write(
      `${id}\tnote ${Math.imul(id, 0x9e3779b1) >>> 0} – ${"äöü ".repeat(id % 16)}\t${id % 1000}.95\n`,
    );
  }
  await writer.end();
}

async function sha256(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}
