import type { Result } from "../base/result.ts";

/** What a keeper can tell of a certificate that it sees to, and take as a wish. */
export interface KeptCertificate {
  /** As in the configuration, and what it is kept under. */
  readonly name: string;
  /** `ordering`: it is asked for at this moment; `waiting`: it is wanted, and not to be had yet. */
  readonly state: "good" | "ordering" | "waiting";
  /** When it is asked for next; 0: at once. */
  readonly dueMs: number;
  /** In a row. */
  readonly failures: number;
  /** Of the last of them; null after a success. */
  readonly problem: { readonly message: string; readonly atMs: number } | null;
}

export interface CertificateDesk {
  kept(): readonly KeptCertificate[];
  /** Asks for it now, though it may be good for long. False when it is none of those here. */
  renew(name: string): boolean;
  /**
   * Revokes the one that there is, and asks for another.
   * @param reason of RFC 5280 section 5.3.1
   * @returns null when it is none of those here; what is wrong, for people, as the error
   */
  revoke(name: string, reason: number): Promise<Result<null, string> | null>;
}
