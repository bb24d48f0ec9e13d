/**
 * How it is shown to an authority that a name is ours: one kind of challenge (RFC 8555 section 8, RFC 8737), with what is
 * put in place before the authority looks and taken away afterwards.
 */
import type { ChallengeKind } from "../config/model.ts";
import type { AcmeStorage } from "./storage.ts";

export interface Solver {
  readonly kind: ChallengeKind;
  /** Resolves once the authority may look; rejects with what keeps it from being so. */
  present(asked: AskedProof): Promise<void>;
  /** Also after a `present` that failed, and when there is nothing to take away. */
  remove(asked: AskedProof): Promise<void>;
}

export interface AskedProof {
  /** As in the certificate, but never with `*.` in front. */
  readonly name: string;
  readonly token: string;
  /** What the authority expects of this kind of challenge. */
  readonly answer: string;
}

/** A self-signed certificate that carries the answer, then its key, in PEM. */
export type MakeAlpnCertificate = (name: string, answer: string) => Promise<string>;

/** Any worker of any instance that shares the storage shows what lies there (io/challenge-files.ts). */
export function httpSolver(storage: AcmeStorage): Solver {
  return {
    kind: "http-01",
    present: ({ token, answer }) => storage.putChallenge(token, answer),
    remove: ({ token }) => storage.removeChallenge(token),
  };
}

/** As well (io/challenge-certificates.ts). */
export function alpnSolver(storage: AcmeStorage, make: MakeAlpnCertificate): Solver {
  return {
    kind: "tls-alpn-01",
    present: async ({ name, answer }) => storage.putChallenge(name, await make(name, answer)),
    remove: ({ name }) => storage.removeChallenge(name),
  };
}
