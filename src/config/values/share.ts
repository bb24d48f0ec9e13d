/** The shortest spelling of a share: `20%`, `0.5%`. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100_000) / 1_000}%`;
}
