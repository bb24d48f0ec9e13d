/** Why a certificate is revoked, in words and as authorities number it: those of RFC 5280 section 5.3.1 that subscribers give. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  key_compromise: 1,
  affiliation_changed: 3,
  superseded: 4,
  cessation_of_operation: 5,
} as const;

export type RevocationReason = keyof typeof REVOCATION_REASONS;

export const REVOCATION_WORDS = Object.keys(REVOCATION_REASONS) as RevocationReason[];
