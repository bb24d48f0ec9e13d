/**
 * One look at whether a target works, from outside. A kind of check is a function that begins one and calls back once;
 * what there is to say against the target is a short text, and nothing to say is null. More kinds are further members
 * of `CheckSpec` and further files.
 */
import type { ConnectAddress } from "../../io/connect.ts";
import { startGrpcProbe } from "./grpc-probe.ts";
import { startHttpProbe } from "./http-probe.ts";
import { startTcpProbe } from "./tcp-probe.ts";

export type CheckSpec = HttpCheckSpec | TcpCheckSpec | GrpcCheckSpec;

export interface HttpCheckSpec {
  readonly kind: "http";
  readonly method: string;
  readonly path: string;
  /** Null: the target's own name and port. */
  readonly host: string | null;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The ranges of statuses that are good, both ends included. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  /** What the body must have; null: it is not looked at. */
  readonly body: BodyTest | null;
}

export interface BodyTest {
  /** As it was written, to tell whether two checks are the same. */
  readonly source: string;
  test(text: string): boolean;
}

export interface TcpCheckSpec {
  readonly kind: "tcp";
  /** Null: nothing is sent. */
  readonly send: string | null;
  /** What the target's first bytes must hold; null: that it accepts is enough. */
  readonly expect: string | null;
}

export interface GrpcCheckSpec {
  readonly kind: "grpc";
  /** Empty: the server as a whole. */
  readonly service: string;
  /** Its authority; null: the target's own name and port. */
  readonly host: string | null;
}

/** Under way. After `cancel`, nothing is called back. */
export interface Probe {
  cancel(): void;
}

/** Called once, later: null when all is well, else what is wrong (`status 503`, `refused`). */
export type ProbeDone = (fault: string | null) => void;

/** @param name the target's own, for its Host */
export function startProbe(spec: CheckSpec, address: ConnectAddress, name: string, done: ProbeDone): Probe {
  switch (spec.kind) {
    case "http":
      return startHttpProbe(spec, address, name, done);
    case "tcp":
      return startTcpProbe(spec, address, done);
    case "grpc":
      return startGrpcProbe(spec, address, name, done);
  }
}
