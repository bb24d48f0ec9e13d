/** What a keeper knows of one name. */
import type { KeptCertificate } from "./kept-certificate.ts";
import { advisedMs, type RenewalAdvice, renewalMs, type Validity } from "./renewal-times.ts";

export interface Care {
  readonly name: string;
  /** From 0 to 1: where it stands among those that are due together. */
  readonly share: number;
  /** Obtained because somebody asked for it: others decide whether it is renewed, and who fails at first is let go. */
  readonly isDemanded: boolean;
  dueMs: number;
  failures: number;
  state: KeptCertificate["state"];
  /** Since when the one is good that was seen last. */
  fromMs: number;
  problem: KeptCertificate["problem"];
  /** Of the certificate that is good from `fromMs`; null: none was given. */
  advice: RenewalAdvice | null;
  /** When the authority is asked for advice. */
  adviceMs: number;
  /** Somebody wants another one, however good it is. */
  isWanted: boolean;
}

export function createCare(name: string, share: number, isDemanded = false): Care {
  return {
    name,
    share,
    isDemanded,
    dueMs: 0,
    failures: 0,
    state: "waiting",
    fromMs: 0,
    problem: null,
    advice: null,
    adviceMs: 0,
    isWanted: false,
  };
}

export function careDueMs(validity: Validity, { advice, share }: Care): number {
  return advice === null ? renewalMs(validity, share) : advisedMs(validity, advice, share);
}
