/** Faults of the proxy's own house. */
import { closeSync, openSync } from "node:fs";
import type { Resolver, WatchedName } from "../../../src/io/resolver.ts";
import { type FaultCase, fault, sent } from "./fault-case.ts";
import { GET } from "./fault-scene.ts";

/** Every descriptor that the process may still open, until they are closed. */
function takeAllDescriptors(): Disposable {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return { [Symbol.dispose]: () => taken.forEach(closeSync) };
  }
}

/** A mistake as one of ours would be: from then on, the next to ask for the addresses of a name gets an exception. */
class BrokenResolver implements Resolver {
  isBroken = false;

  watch(name: string): WatchedName {
    const addresses = () => this.#addressesOf(name);
    return {
      name,
      get addresses() {
        return addresses();
      },
      failure: null,
      first: Promise.resolve(),
    };
  }

  unwatch(): void {}

  reconfigure(): void {}

  close(): void {}

  #addressesOf(name: string): readonly string[] {
    if (!this.isBroken || name !== "mistake.test") return [name];
    this.isBroken = false;
    throw new Error("a mistake of ours, made by the test");
  }
}

const brokenResolver = new BrokenResolver();

export const OWN_FAULTS: readonly FaultCase[] = [
  fault(
    "proxy.draining",
    "an exchange that outlasts the drain",
    {},
    async (scene) => {
      const { client } = await scene.exchange();
      await scene.proxy.running.drain(0);
      return client;
    },
    { atTarget: true, drained: true },
  ),
  fault(
    "proxy.draining",
    "in the middle of an answer",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      target.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      await client.until(/half/);
      await scene.proxy.running.drain(0);
      return client;
    },
    { atTarget: true, drained: true, status: null },
  ),
  fault(
    "proxy.descriptors",
    "none left for a connection to the target",
    {},
    async (scene) => {
      const client = await scene.client();
      client.send("GET /drained HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until(/\}$/);
      scene.proxy.records.length = 0;
      client.clear();
      using _all = takeAllDescriptors();
      client.send(GET);
      await client.until(/\}$/);
      return client;
    },
    { atTarget: true, cause: "EMFILE" },
  ),
  fault(
    "proxy.internal",
    "an exception on the way to the target",
    { targets: ["mistake.test:80"], environment: { resolver: brokenResolver } },
    (scene) => {
      brokenResolver.isBroken = true;
      return sent(GET)(scene);
    },
    { target: "mistake.test:80", attempts: 1 },
  ),
];
