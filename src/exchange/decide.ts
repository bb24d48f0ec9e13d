/**
 * What is to become of a request, worked out from its head and the snapshot alone: refused, answered here or sent
 * on, and if so to whom and with which path. Pure. The exchange carries the decision out; `explain` and the tests
 * in a configuration write it down. So they cannot disagree.
 */
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import { isPreflight, preflightFields } from "../pipeline/grpc-web.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { coversHost } from "../protocol/tls/certificate-choice.ts";
import type { RouteHit, RouteStep } from "../routing/router.ts";
import { RequestView } from "./request-view.ts";
import type { HttpRoute, HttpSnapshot, ProxyAction } from "./snapshot.ts";

/**
 * Who is told: exactly one of the last three, after `onRouted` if a route was found. Calls and not an object,
 * because this runs on every request.
 */
export interface DecisionTaker {
  /** From here on the route's own limits and deadlines hold. */
  onRouted(hit: RouteHit<HttpRoute>): void;
  onRefused(error: ProxyError): void;
  /** An answer of the proxy's own that is not a failure. */
  onAnswered(status: number, fields: readonly AddedField[], body: Buffer): void;
  /** @param target path and query to send; null for those received */
  onForwarded(action: ProxyAction, target: string | null): void;
}

/** @param trace receives what routing compared, in order; the decision is the same without it */
export function decide(
  head: RequestHead,
  client: ClientIdentity,
  snapshot: HttpSnapshot,
  taker: DecisionTaker,
  trace: RouteStep[] | null = null,
): void {
  // A proxy that we trust may have ended the TLS that the scheme speaks of.
  const isOfTls = head.isHttps && client.scheme === "http" && !client.trusted;
  if (isOfTls) return taker.onRefused(proxyError("request.misdirected"));
  const view = RequestView.of(head, client);
  if (view === null) return taker.onRefused(MALFORMED_PATH);
  const answer = snapshot.challenges?.(view.path) ?? null;
  if (answer !== null) return taker.onAnswered(200, CHALLENGE_FIELDS, answer);
  if (client.secure !== null && isMisdirected(head, view, client.secure)) {
    return taker.onRefused(proxyError("request.misdirected"));
  }
  if (isPreflight(head) && answersPreflight(head, view, snapshot, taker, trace)) return;
  const hit = snapshot.router.match(view, trace);
  if (hit === null) return taker.onRefused(proxyError("route.not_found"));
  taker.onRouted(hit);
  if (head.framing.contentLength > hit.value.bounds.bodyBytes) {
    return taker.onRefused(proxyError("limit.body_bytes"));
  }
  if (isForUs(head)) return taker.onAnswered(200, NO_FIELDS, NO_BODY);
  act(view, hit, taker);
}

/** A browser's question is about another request: the route of that one answers, or none and it is routed itself. */
function answersPreflight(
  head: RequestHead,
  view: RequestView,
  snapshot: HttpSnapshot,
  taker: DecisionTaker,
  trace: RouteStep[] | null,
): boolean {
  const steps: RouteStep[] | null = trace === null ? null : [];
  const hit = snapshot.router.match(view.announcedCall(), steps);
  if (hit?.value.action.kind !== "proxy" || hit.value.action.grpcWeb === null) return false;
  const fields = preflightFields(hit.value.action.grpcWeb, head);
  if (fields === null) return false;
  if (steps !== null) trace?.push(...steps);
  taker.onRouted(hit);
  taker.onAnswered(204, fields, NO_BODY);
  return true;
}

/**
 * A request for a host that the certificate is not good for, on a connection that was made for another one (RFC 9110
 * section 15.5.20): whoever let that connection through for its name has not seen this one. Who named none may ask
 * for any.
 */
function isMisdirected(
  head: RequestHead,
  view: RequestView,
  { serverName, shownNames }: SecureClient,
): boolean {
  if (serverName === null || head.hostIs(serverName)) return false;
  const { host } = view;
  return host !== serverName && host !== "" && !coversHost(shownNames, host);
}

function act(view: RequestView, hit: RouteHit<HttpRoute>, taker: DecisionTaker): void {
  const { action } = hit.value;
  switch (action.kind) {
    case "proxy":
      return forward(view, hit, action, taker);
    case "redirect": {
      const location = action.location(view, hit);
      if (location === null) return taker.onRefused(proxyError("request.malformed", { rule: "hostMissing" }));
      return taker.onAnswered(action.status, [["Location", location]], NO_BODY);
    }
    case "respond":
      return taker.onAnswered(action.status, action.fields, action.body);
  }
}

/** What goes upstream is the path that was matched, never a spelling of it that might match otherwise. */
function forward(
  view: RequestView,
  hit: RouteHit<HttpRoute>,
  action: ProxyAction,
  taker: DecisionTaker,
): void {
  if (action.rewrite === null) return taker.onForwarded(action, view.forwardedTarget());
  const target = action.rewrite(view.path, view.query, hit);
  if (target === null) taker.onRefused(MALFORMED_PATH);
  else taker.onForwarded(action, target);
}

/** RFC 9110 section 7.6.2: with no forward left, we are the recipient. */
function isForUs(head: RequestHead): boolean {
  return head.maxForwards === 0;
}

const MALFORMED_PATH: ProxyError = proxyError("request.malformed", { rule: "pathEscape" });
const NO_FIELDS: readonly AddedField[] = [];
/** RFC 8555 section 8.3. */
const CHALLENGE_FIELDS: readonly AddedField[] = [["Content-Type", "application/octet-stream"]];
const NO_BODY = Buffer.alloc(0);
