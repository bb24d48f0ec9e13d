/**
 * Asks somebody else whether a name may have a certificate. Nothing but the status 200 means yes, redirects are not
 * followed, since whoever answers elsewhere was not named, and nothing is read of the answer.
 */

/** `unknown`: no answer that says anything, such as a failure of the server. */
export type Allowed = "yes" | "no" | "unknown";

export async function askAllowed(url: string, name: string, timeoutMs = ASK_MS): Promise<Allowed> {
  const asked = new URL(url);
  asked.searchParams.set("domain", name);
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), timeoutMs);
  try {
    const { status } = await fetch(asked, { redirect: "manual", signal: end.signal });
    if (status === 200) return "yes";
    return status >= 500 || status === 429 ? "unknown" : "no";
  } catch {
    return "unknown";
  } finally {
    clearTimeout(timer);
    // Of the answer, whatever it is.
    end.abort();
  }
}

const ASK_MS = 5_000;
