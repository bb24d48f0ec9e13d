/**
 * All three ways to show that a name is ours, on a bad day: a third of all nonces is refused, the authority takes its time,
 * two instances with one storage start at once, and the one that asks is killed in the middle. Then renewal and revocation.
 */
import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { RunningProgram } from "../supervisor/running-program.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene } from "./scene.ts";
import { dnsHook } from "./servers/dns-hook.ts";
import { type Pebble, startPebble } from "./servers/pebble.ts";

const WORDS = ["--workers", "2", "--admin", "127.0.0.1:0"];

/** Two instances; the authority comes to the first. */
class Pair implements AsyncDisposable {
  readonly #programs: readonly [RunningProgram, RunningProgram];
  readonly #ports: readonly [number, number];
  readonly #root: string;

  private constructor(
    programs: readonly [RunningProgram, RunningProgram],
    ports: readonly [number, number],
    root: string,
  ) {
    this.#programs = programs;
    this.#ports = ports;
    this.#root = root;
  }

  static async start(
    pebble: Pebble,
    ports: readonly [number, number],
    yamls: readonly [string, string],
  ): Promise<Pair> {
    const [one, other] = await Promise.all(yamls.map((yaml) => RunningProgram.start(yaml, WORDS)));
    return new Pair([one!, other!], ports, await pebble.root());
  }

  get first(): RunningProgram {
    return this.#programs[0];
  }

  count(event: string): number {
    return this.#programs.reduce((sum, program) => sum + program.count(event), 0);
  }

  async until(event: string, times: number): Promise<void> {
    await eventually(() => this.count(event) >= times, `${times} ${event}`, 40_000).catch((error) => {
      throw new Error(`${error.message}, among ${JSON.stringify(this.#programs.map(({ lines }) => lines))}`);
    });
  }

  /** Whoever asks the authority now is killed, and started again. */
  async killTheOneThatAsks(): Promise<void> {
    await this.until("certificate_ordered", 1);
    const asking = this.#programs.find((program) => program.count("certificate_ordered") > 0)!;
    asking.signal("SIGKILL");
    await asking.exited;
    await asking.launch(WORDS);
  }

  /** The one certificate that all workers of both show. */
  async shown(not = ""): Promise<X509Certificate> {
    const end = performance.now() + 30_000;
    for (;;) {
      const all = await Promise.all(
        this.#ports.flatMap((port) => Array.from({ length: 6 }, () => this.#look(port))),
      );
      const serials = new Set(all.map((each) => each?.serialNumber ?? "none"));
      if (serials.size === 1 && !serials.has("none") && !serials.has(not)) return all[0]!;
      if (performance.now() > end) throw new Error(`they show ${[...serials].join(", ")}`);
    }
  }

  async post(path: string): Promise<number> {
    const admin = this.first.last("ready")["admin"];
    return (await fetch(`http://${admin}/api/certificates/${path}`, { method: "POST" })).status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
  }

  async #look(port: number): Promise<X509Certificate | null> {
    using client = await TlsClient.connect({ port, ca: this.#root });
    return client.certificate === null || client.error !== null
      ? null
      : new X509Certificate(client.certificate);
  }
}

for (const challenge of ["http-01", "tls-alpn-01", "dns-01"]) {
  test(`${challenge}: on a bad day, then renewed and revoked`, async () => {
    await using scene = await Scene.open();
    const [http, https, unseenHttp, unseenHttps] = [freePort(), freePort(), freePort(), freePort()];
    const pebble = await startPebble(scene, { httpPort: http, tlsPort: https, delay: 3, refusedNonces: 33 });
    const dns = `dns: { exec: ${dnsHook(scene, pebble).path}, servers: ["${pebble.names}"] }`;
    const yaml = (plain: number, secure: number) => `
settings:
  acme:
    storage: ${scene.path("acme")}
    directory: "${pebble.directory}"
    ca: ${pebble.ca}
    challenge: ${challenge}
    ${challenge === "dns-01" ? dns : ""}
listeners:
  web: { address: "127.0.0.1:${secure}", tls: { acme: [shop.example], https_only: { redirect_from: ${plain} } } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
    const yamls = [yaml(http, https), yaml(unseenHttp, unseenHttps)] as const;
    await using pair = await Pair.start(pebble, [https, unseenHttps], yamls);
    await pair.killTheOneThatAsks();
    await pair.until("certificate_obtained", 1);
    const obtained = await pair.shown();
    expect([pair.count("certificate_obtained"), pair.count("certificate_not_obtained")]).toEqual([1, 0]);
    expect(await pair.post("renew/shop.example")).toBe(202);
    // Workers may see the file before whoever wrote it has let go of the lock, without which nothing is revoked.
    await pair.until("certificate_obtained", 2);
    const renewed = await pair.shown(obtained.serialNumber);
    expect(await pair.post("revoke/shop.example?reason=key_compromise")).toBe(200);
    const another = await pair.shown(renewed.serialNumber);
    expect([pair.count("certificate_obtained"), pair.count("certificate_not_obtained")]).toEqual([3, 0]);
    expect((await pebble.statusOf(renewed.serialNumber)).Status).toBe("Revoked");
    for (const { serialNumber } of [obtained, another]) {
      expect((await pebble.statusOf(serialNumber)).Status).toBe("Valid");
    }
  }, 120_000);
}
