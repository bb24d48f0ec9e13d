/** Clients that do not take their answers. */

import { eventually } from "../../support/eventually.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import { type FaultCase, fault } from "./fault-case.ts";
import type { FaultScene } from "./fault-scene.ts";

/** A client that has read the beginning of an answer of 64 MiB and then stops. */
async function stopped(scene: FaultScene): Promise<{ client: RawPeer; target: RawPeer }> {
  const { client, target } = await scene.exchange();
  client.discard = true;
  target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
  await client.untilBytes(10);
  client.socket.pause();
  target.socket.write(LARGE);
  await untilStuck(scene, target);
  return { client, target };
}

/** No byte has moved while a whole request went past. */
async function untilStuck(scene: FaultScene, target: RawPeer): Promise<void> {
  let before = -1;
  await eventually(() => target.socket.bytesWritten > 0, "bytes under way");
  while (before !== target.socket.writableLength) {
    before = target.socket.writableLength;
    await scene.settle();
  }
}

export const ANSWER_FAULTS: readonly FaultCase[] = [
  fault(
    "answer.idle",
    "not a byte is taken",
    { settings: "{ limits: { min_rate: off } }" },
    async (scene) => {
      const { client } = await stopped(scene);
      scene.clock.advance(60_000);
      return client;
    },
    { atTarget: true, status: null, elapsedMs: 60_000 },
  ),
  fault(
    "answer.too_slow",
    "some, but too few",
    { settings: "{ limits: { min_rate: 1MiB, min_rate_window: 10s } }" },
    async (scene) => {
      const { client, target } = await stopped(scene);
      const taken = client.receivedBytes;
      client.socket.resume();
      await client.untilBytes(taken + 100_000);
      client.socket.pause();
      await untilStuck(scene, target);
      scene.clock.advance(20_000);
      return client;
    },
    { atTarget: true, status: null, elapsedMs: 10_000 },
  ),
  fault(
    "limit.held",
    "an answer that is not taken, with no room left for it",
    { settings: "{ limits: { held: 128KiB } }" },
    async (scene) => {
      const { client, target } = await scene.exchange();
      client.discard = true;
      target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
      await client.untilBytes(10);
      client.socket.pause();
      target.socket.write(LARGE);
      return client;
    },
    { atTarget: true, status: null },
  ),
  fault(
    "limit.held",
    "a body that the target does not take",
    { settings: "{ limits: { held: 128KiB } }" },
    async (scene) => {
      const { client, target } = await scene.exchange(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE.length}\r\n\r\n`,
      );
      target.socket.pause();
      client.socket.write(LARGE);
      return client;
    },
    { atTarget: true },
  ),
];

const LARGE = Buffer.alloc(64 * 1024 * 1024, "a");
