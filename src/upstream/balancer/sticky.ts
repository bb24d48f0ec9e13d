/**
 * A client stays with the target that answered it first: the answer sets a cookie, and whoever brings it goes there
 * again. The cookie's value is a keyed digest of the target's name: nobody can make one up, it tells no address, and
 * it means the same after a restart. When its target is gone or out, another policy chooses and a new cookie is set.
 */
import { createHmac } from "node:crypto";
import type { AddedField } from "../../protocol/http/outbound-request.ts";
import { accepts, type Balancer, type Candidate, type PickRequest } from "./balancer.ts";

export interface StickyCookie {
  readonly name: string;
  readonly secret: string;
  /** Null: until the browser is closed. */
  readonly maxAgeMs: number | null;
  readonly secure: boolean;
}

/** A balancer that has something to add to answers. */
export interface StickyBalancer<T extends Candidate> extends Balancer<T> {
  /** The field to add to an answer of this target; null when the client has it already. */
  cookieFor(request: PickRequest, target: T): AddedField | null;
}

export function createStickyBalancer<T extends Candidate>(
  cookie: StickyCookie,
  fallback: Balancer<T>,
): StickyBalancer<T> {
  const source = { kind: "cookie", name: cookie.name } as const;
  const byToken = new Map<string, T>();
  const tokens = new Map<T, string>();

  return {
    update(targets) {
      fallback.update(targets);
      byToken.clear();
      for (const target of targets) {
        const token = tokens.get(target) ?? tokenOf(cookie.secret, target.name);
        byToken.set(token, target);
      }
      tokens.clear();
      for (const [token, target] of byToken) tokens.set(target, token);
    },
    pick(request, tried) {
      const token = request.keyOf(source);
      const target = token === null ? undefined : byToken.get(token);
      if (target !== undefined && target.share > 0 && accepts(target, tried)) return target;
      return fallback.pick(request, tried);
    },
    loadChanged: (target) => fallback.loadChanged?.(target),
    cookieFor(request, target) {
      const token = tokens.get(target);
      if (token === undefined || request.keyOf(source) === token) return null;
      return ["Set-Cookie", setCookie(cookie, token)];
    },
  };
}

function tokenOf(secret: string, target: string): string {
  const digest = createHmac("sha256", secret).update(target).digest();
  return digest.subarray(0, TOKEN_BYTES).toString("base64url");
}

/** RFC 6265 section 4.1. No script needs it, and it is not sent along with what other sites cause. */
function setCookie({ name, maxAgeMs, secure }: StickyCookie, token: string): string {
  const lasting = maxAgeMs === null ? "" : `; Max-Age=${Math.round(maxAgeMs / 1000)}`;
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Lax${lasting}${secure ? "; Secure" : ""}`;
}

const TOKEN_BYTES = 16;
