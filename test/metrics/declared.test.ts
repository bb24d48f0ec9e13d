/** A supervisor declares what its workers' compiling then asks for: all of it, or counts would end up under `other`. */
import { expect, test } from "bun:test";
import { atOnce } from "../../src/base/steps.ts";
import { declareMeters } from "../../src/compile/declare-meters.ts";
import { RuleMemory } from "../../src/compile/rule-memory.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { inertUpstreams } from "../../src/explain/inert-upstreams.ts";
import { type Meters, UNSEEN_METERS } from "../../src/observe/metrics/meters.ts";
import { compileListeners } from "../../src/runtime/compile-listeners.ts";

const EVERYTHING = `
name: shop
listeners:
  web: { address: "127.0.0.1:8080" }
  other: { address: "127.0.0.1:8081" }
  db: { address: "127.0.0.1:5432" }
  sni: { address: "127.0.0.1:8443" }
  secure: { address: "127.0.0.1:8444", tls: { handshakes: 5, certificates: [ { cert: a.crt, key: a.key } ] } }
upstreams:
  api: { targets: ["10.0.0.1:3000", "10.0.0.2:3000"] }
  canary: { targets: ["10.0.0.3:3000"] }
  db: { targets: ["10.0.0.4:5432", "unix:/run/db.sock"] }
routes:
  - { listen: [web, other], path: /api, upstream: api, split: { to: { canary: 10% } }, mirror: { upstream: canary } }
  - { listen: web, path: /fixed, respond: { body: hello } }
  - { listen: secure, path: /, respond: { body: hello } }
  - { listen: web, path: /old, redirect: { to: /new } }
  - { listen: web, path: /own, targets: ["10.0.0.5:80"] }
  - { kind: tcp, listen: db, upstream: db }
  - { kind: tls, listen: sni, host: a.example, targets: ["10.0.0.6:443"] }
  - { kind: tls, listen: sni, host: b.example, targets: ["10.0.0.7:443"] }
`;

test("everything that compiling asks for has been declared, and every target", () => {
  const loaded = parseConfiguration("shop.yaml", EVERYTHING);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { configuration } = loaded.value;
  const declared = new Recorder();
  declareMeters(configuration, declared);
  const asked = new Recorder();
  const certificates = new Map([["secure", { choose: () => null }]]);
  const compiled = atOnce(
    compileListeners(
      configuration,
      inertUpstreams(configuration),
      asked,
      certificates,
      null,
      new RuleMemory(),
    ),
  );
  expect(compiled.ok).toBe(true);
  const targets = configuration.upstreams.flatMap(({ targets }) => targets).length;
  const { length: upstreams } = configuration.upstreams;
  expect([...declared.names].filter((name) => name.startsWith("target")).length).toBe(targets + upstreams);
  const isCompiled = (name: string) => !name.startsWith("target") && !name.startsWith("certificate");
  expect(new Set([...declared.names].filter(isCompiled))).toEqual(asked.names);
});

class Recorder implements Meters {
  readonly steady = false;
  readonly folded = 0;
  readonly names = new Set<string>();

  route(...labels: Parameters<Meters["route"]>) {
    return this.#note("route", labels, UNSEEN_METERS.route(...labels));
  }

  tunnel(...labels: Parameters<Meters["tunnel"]>) {
    return this.#note("tunnel", labels, UNSEEN_METERS.tunnel(...labels));
  }

  listener(...labels: Parameters<Meters["listener"]>) {
    return this.#note("listener", labels, UNSEEN_METERS.listener(...labels));
  }

  target(...labels: Parameters<Meters["target"]>) {
    return this.#note("target", labels, UNSEEN_METERS.target(...labels));
  }

  handshakeRates(...labels: Parameters<Meters["handshakeRates"]>) {
    return this.#note("handshakes", labels, UNSEEN_METERS.handshakeRates(...labels));
  }

  certificate(...labels: Parameters<Meters["certificate"]>) {
    return this.#note("certificate", labels, UNSEEN_METERS.certificate(...labels));
  }

  upstream(...labels: Parameters<Meters["upstream"]>) {
    return this.#note("target of", labels, UNSEEN_METERS.upstream(...labels));
  }

  #note<T>(kind: string, labels: readonly (string | null)[], meter: T): T {
    this.names.add([kind, ...labels].join(" "));
    return meter;
  }
}
