/** Certificates of several machines in Redis and in etcd: one obtains them, all answer for it and serve. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { EtcdShelf } from "../../src/acme/shared/etcd-shelf.ts";
import { RedisShelf } from "../../src/acme/shared/redis-shelf.ts";
import type { SharedShelf } from "../../src/acme/shared/shared-shelf.ts";
import { shelfContract } from "../../src/acme/shelf-contract.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene, type Server } from "./scene.ts";
import { type Etcd, startEtcd } from "./servers/etcd.ts";
import { type Pebble, startPebble } from "./servers/pebble.ts";
import { redisCli, startRedisOn } from "./servers/redis.ts";

const scene = await Scene.open();
const redisPort = freePort();
const redis: Server = await startRedisOn(scene, redisPort);
const etcd: Etcd = await startEtcd(scene);
const opened: SharedShelf[] = [];
afterAll(async () => {
  for (const shelf of opened) shelf.close();
  await scene[Symbol.asyncDispose]();
});

interface Kind {
  readonly name: string;
  /** As in a configuration. */
  readonly storage: string;
  open(prefix: string, leaseMs?: number): SharedShelf;
  /** What `open` is given in another process. */
  readonly code: (prefix: string, leaseMs: number) => string;
}

const REDIS_URL = `redis://127.0.0.1:${redisPort}`;
const KINDS: readonly Kind[] = [
  {
    name: "Redis",
    storage: `redis: "${REDIS_URL}"`,
    open: (prefix, leaseMs) => noted(new RedisShelf(REDIS_URL, prefix, leaseMs)),
    code: (prefix, leaseMs) =>
      `new (await import("${SHELVES}/redis-shelf.ts")).RedisShelf("${REDIS_URL}", "${prefix}", ${leaseMs})`,
  },
  {
    name: "etcd",
    // The first is nobody: the next one is asked.
    storage: `etcd: ["http://127.0.0.1:1", "${etcd.url}"]`,
    open: (prefix, leaseMs) => noted(new EtcdShelf(["http://127.0.0.1:1", etcd.url], prefix, leaseMs)),
    code: (prefix, leaseMs) =>
      `new (await import("${SHELVES}/etcd-shelf.ts")).EtcdShelf(["${etcd.url}"], "${prefix}", ${leaseMs})`,
  },
];
const SHELVES = join(import.meta.dir, "../../src/acme/shared");

function noted(shelf: SharedShelf): SharedShelf {
  opened.push(shelf);
  return shelf;
}

for (const kind of KINDS) {
  let round = 0;
  shelfContract(
    kind.name,
    async () => kind.open(`contract/${round}`),
    async () => {
      round++;
    },
  );

  test(`${kind.name}: everything is told at once, with a word that changes with it, and nothing of others`, async () => {
    const shelf = kind.open("all/one");
    await kind.open("all/one-more").put("account.pem", "another's");
    const empty = await shelf.version();
    for (let i = 0; i < 250; i++) await shelf.put(`certificates/${i}.pem`, `text ${i}`);
    const full = await shelf.version();
    expect(full).not.toBe(empty);
    expect(await shelf.version()).toBe(full);
    const entries = await shelf.entries();
    expect([entries.size, entries.get("certificates/249.pem")]).toEqual([250, "text 249"]);
    await shelf.removeGroup("certificates");
    expect((await shelf.entries()).size).toBe(0);
    expect(await shelf.version()).not.toBe(full);
  });

  test(`${kind.name}: a lock outlasts its lease while its holder lives, and not when it is killed`, async () => {
    const holder = Bun.spawn(
      [
        process.execPath,
        "-e",
        `const shelf = ${kind.code("lease", 4_000)}; console.log((await shelf.lock()) !== null); setInterval(() => {}, 1000);`,
      ],
      { stdout: "pipe", stderr: "inherit" },
    );
    const { value } = await holder.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe("true\n");
    const shelf = kind.open("lease", 4_000);
    const begun = performance.now();
    while (performance.now() - begun < 7_000) {
      expect(await shelf.lock()).toBeNull();
      await Bun.sleep(200);
    }
    holder.kill("SIGKILL");
    await holder.exited;
    const lock = Promise.withResolvers<AsyncDisposable>();
    await until(
      async () => {
        const mine = await shelf.lock();
        if (mine !== null) lock.resolve(mine);
        return mine !== null;
      },
      "the end of the lease",
      20_000,
    );
    await (await lock.promise)[Symbol.asyncDispose]();
  }, 60_000);

  test(`${kind.name}: one obtains, the other answers for it, both serve; its keys are sealed`, async () => {
    await using world = await Scene.open();
    const http = freePort();
    const pebble = await startPebble(world, { httpPort: http });
    const [one, two] = [freePort(), freePort()];
    const storage = (name: string) =>
      `{ ${kind.storage}, prefix: ${kind.name}-sealed, passphrase: "correct horse battery", directory: "${world.path(name)}" }`;
    const asks = yaml(pebble, storage("one"), freePort(), one);
    const answers = yaml(pebble, storage("two"), http, two);
    await using answering = await RunningProgram.start(answers.replace("acme: [shop.example],", ""), [
      "--workers",
      "2",
    ]);
    await using asking = await RunningProgram.start(asks, ["--workers", "1"]);
    await asking.until("certificate_obtained", 1, 30_000);
    await answering.configure(answers);
    answering.signal("SIGHUP");
    await answering.until("reloaded");
    for (const port of [one, two]) await serves(port, pebble);
    expect(answering.count("certificate_ordered")).toBe(0);
    const kept = await everything(kind);
    expect(kept).toContain("portward-sealed-1:");
    expect(kept).not.toContain("PRIVATE KEY");
    const logged = JSON.stringify([asking.lines, answering.lines]);
    for (const secret of ["PRIVATE KEY", "correct horse"]) expect(logged).not.toContain(secret);
  }, 90_000);
}

test("etcd with users: who has none is refused without a word of passwords, and a token that has ended is replaced", async () => {
  await using world = await Scene.open();
  const { url } = await startEtcd(world);
  const ask = (path: string, body: object, headers = {}) =>
    fetch(`${url}/v3/${path}`, { method: "POST", body: JSON.stringify(body), headers });
  for (const [path, body] of [
    ["auth/user/add", { name: "root", password: "hush/hush" }],
    ["auth/role/add", { name: "root" }],
    ["auth/user/grant", { user: "root", role: "root" }],
    ["auth/enable", {}],
  ] as const) {
    expect((await ask(path, body)).status).toBe(200);
  }
  const withPassword = (password: string) => url.replace("//", `//root:${encodeURIComponent(password)}@`);
  const shelf = noted(new EtcdShelf([withPassword("hush/hush")], "users"));
  await shelf.put("account.pem", "text");
  // Whoever changes a password ends the tokens that were given for the one before.
  const { token } = (await (
    await ask("auth/authenticate", { name: "root", password: "hush/hush" })
  ).json()) as { token: string };
  const change = { name: "root", password: "hush/hush" };
  expect((await ask("auth/user/changepw", change, { authorization: token })).status).toBe(200);
  expect(await shelf.get("account.pem")).toBe("text");
  for (const [other, words] of [
    [url, /^etcd: 4/],
    [withPassword("wrong-pass"), /^etcd: 4/],
  ] as const) {
    const error = await noted(new EtcdShelf([other], "users"))
      .get("account.pem")
      .then(
        () => null,
        (each: Error) => each.message,
      );
    expect(error).toMatch(words);
    expect(error).not.toContain("wrong-pass");
  }
}, 60_000);

test("an authority that asks by a handshake is answered by an instance that has not asked for anything", async () => {
  await using world = await Scene.open();
  const [one, two] = [freePort(), freePort()];
  const pebble = await startPebble(world, { httpPort: freePort(), tlsPort: two });
  const site = (name: string, https: number, names: string) =>
    yaml(
      pebble,
      `{ redis: "${REDIS_URL}", prefix: alpn, directory: "${world.path(name)}" }`,
      freePort(),
      https,
    )
      .replace("ca: /", "challenge: tls-alpn-01, ca: /")
      .replace("acme: [shop.example],", names);
  await using answering = await RunningProgram.start(site("two", two, ""), ["--workers", "2"]);
  await using asking = await RunningProgram.start(site("one", one, "acme: [shop.example],"), [
    "--workers",
    "1",
  ]);
  await asking.until("certificate_obtained", 1, 30_000);
  await serves(one, pebble);
  expect(answering.count("certificate_ordered")).toBe(0);
  expect(asking.count("certificate_not_obtained")).toBe(0);
}, 60_000);

test("two that begin at the same moment ask once, and an instance that dies in the middle is followed by another", async () => {
  await using world = await Scene.open();
  const http = freePort();
  const pebble = await startPebble(world, { httpPort: http, delay: 3 });
  const [one, two] = [freePort(), freePort()];
  const storage = (name: string) =>
    `{ redis: "${REDIS_URL}", prefix: both, directory: "${world.path(name)}" }`;
  await using first = await RunningProgram.start(yaml(pebble, storage("one"), freePort(), one), [
    "--workers",
    "1",
  ]);
  await using second = await RunningProgram.start(yaml(pebble, storage("two"), http, two), [
    "--workers",
    "1",
  ]);
  await first.until("certificate_ordered");
  first.signal("SIGKILL");
  await first.exited;
  // The lease of the dead one has to end first.
  await second.until("certificate_obtained", 1, 60_000);
  await serves(two, pebble);
  await first.launch(["--workers", "1"]);
  await serves(one, pebble);
  expect(first.count("certificate_obtained") + second.count("certificate_obtained")).toBe(1);
}, 120_000);

test("a storage out of reach takes no certificate away, also after a restart, and is followed again when it is back", async () => {
  await using world = await Scene.open();
  const [http, https, port] = [freePort(), freePort(), freePort()];
  const pebble = await startPebble(world, { httpPort: http });
  let server = await startRedisOn(world, port);
  const storage = `{ redis: "redis://127.0.0.1:${port}", directory: "${world.path("copy")}" }`;
  await using program = await RunningProgram.start(yaml(pebble, storage, http, https), ["--workers", "1"]);
  await program.until("certificate_obtained", 1, 30_000);
  await serves(https, pebble);
  server.kill("SIGKILL");
  await server.exited;
  const told = await program.until("certificate_storage_unreachable");
  expect(String(told["message"])).toStartWith("Redis: ");
  await serves(https, pebble);
  program.signal("SIGTERM");
  await program.exited;
  await program.launch(["--workers", "1"]);
  await serves(https, pebble);
  server = await startRedisOn(world, port);
  await program.until("certificate_storage_answers");
  // It keeps nothing itself, and is filled again by whoever has a copy.
  const fields = () =>
    world.run([
      ...redisCli(port),
      "--raw",
      "hkeys",
      `{portward:${new URL(pebble.directory).host.replace(":", "-")}-dir}`,
    ]);
  await until(
    async () =>
      (await fields()).split("\n").sort().join().includes("account.pem,certificates/shop.example.pem"),
    "what was lost",
  );
  expect(program.count("certificate_obtained")).toBe(1);
}, 90_000);

function yaml(pebble: Pebble, storage: string, http: number, https: number): string {
  return `
settings:
  acme: { storage: ${storage}, directory: "${pebble.directory}", ca: ${pebble.ca} }
listeners:
  web:
    address: "127.0.0.1:${https}"
    tls: { certificates: [{ cert: ${OTHER}.crt, key: ${OTHER}.key }], acme: [shop.example], https_only: { redirect_from: ${http} } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
}

/** In every worker, within the ten seconds after which files are looked at again. */
async function serves(port: number, pebble: Pebble): Promise<void> {
  const ca = await pebble.root();
  let inRow = 0;
  await until(
    async () => {
      using client = await TlsClient.connect({ port, servername: "shop.example", ca });
      inRow = client.error === null ? inRow + 1 : 0;
      return inRow >= 8;
    },
    "the certificate",
    30_000,
  );
}

/** As `eventually`, for what is asked of others. */
async function until(holds: () => Promise<boolean>, what: string, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still not: ${what}`);
    await Bun.sleep(20);
  }
}

async function everything({ name }: Kind): Promise<string> {
  if (name === "Redis") {
    const keys = (await scene.run([...redisCli(redisPort), "--raw", "keys", "{Redis-sealed*}"])).trim();
    return scene.run([...redisCli(redisPort), "--raw", "hgetall", keys]);
  }
  const body = JSON.stringify({ key: btoa("etcd-sealed"), range_end: btoa("etcd-sealee") });
  const answer = (await (await fetch(`${etcd.url}/v3/kv/range`, { method: "POST", body })).json()) as {
    kvs: { value: string }[];
  };
  return answer.kvs.map(({ value }) => atob(value)).join("\n");
}

const OTHER = join(import.meta.dir, "../support/certificates/other");
test("the servers of these tests still run", () => {
  expect([redis.exitCode, etcd.server.exitCode]).toEqual([null, null]);
});
