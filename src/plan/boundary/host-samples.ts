/** A name for each host pattern, and names that just miss it. */

/** One that the pattern takes, and as far as can be told no other. */
export function hostSample(pattern: string | null): string {
  if (pattern === null) return ELSEWHERE;
  return pattern.startsWith("*.") ? `x${pattern.slice(1)}` : pattern;
}

/** Others: one and two labels below, the name itself, one that nobody knows. */
export function hostEdges(pattern: string | null): string[] {
  if (pattern === null) return [];
  const bare = pattern.startsWith("*.") ? pattern.slice(2) : pattern;
  const isName = !/[[:\]]|^[\d.]+$/.test(bare);
  return [bare, ...(isName ? [`x.${bare}`, `x.y.${bare}`, `${bare}.`] : []), ELSEWHERE].filter(
    (host) => host !== hostSample(pattern),
  );
}

/** Reserved for examples (RFC 2606), so that no configuration serves it. */
const ELSEWHERE = "elsewhere.invalid";
