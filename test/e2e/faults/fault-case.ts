/** One row of the fault tables: how a cause is brought about, and all that must be seen of it. */
import { type ErrorCode, statusFor } from "../../../src/base/proxy-error.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import { type ExpectedFault, FaultScene, type SceneOptions } from "./fault-scene.ts";

export interface FaultCase {
  readonly code: ErrorCode;
  readonly what: string;
  readonly prove: () => Promise<void>;
}

/** What differs from: the code's own status, no target, no attempt, no time. */
export interface Expectation extends Partial<Omit<ExpectedFault, "code">> {
  /** Shorthand for the scripted upstream as target, at the first attempt. */
  readonly atTarget?: boolean;
  /** The proxy has been drained, so that no request can follow. */
  readonly drained?: boolean;
}

/** @param inject brings the fault about and gives the client that is to see it */
export function fault(
  code: ErrorCode,
  what: string,
  options: SceneOptions,
  inject: (scene: FaultScene) => Promise<RawPeer>,
  expectation: Expectation = {},
): FaultCase {
  const prove = async () => {
    await using scene = await FaultScene.open(options);
    const client = await inject(scene);
    const { atTarget, drained, ...expected } = expectation;
    const at = atTarget ? { target: scene.upstream.target, attempts: 1 } : { target: null, attempts: 0 };
    await scene.expectFault(client, { code, status: statusFor(code), elapsedMs: 0, ...at, ...expected });
    if (!drained) await scene.expectNothingLeft();
  };
  return { code, what, prove };
}

/** A client that sends this on a connection of its own. */
export function sent(request: string): (scene: FaultScene) => Promise<RawPeer> {
  return async (scene) => {
    const client = await scene.client();
    client.send(request);
    return client;
  };
}
