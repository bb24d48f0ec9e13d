/**
 * The closed vocabulary of failures. One word per cause, the same in the log line, the error body and
 * the metric; docs/errors.md lists them. Adding a failure means adding a row here.
 */

export type ErrorSide = "downstream" | "upstream" | "internal";

/**
 * Whether another attempt may follow: `safe` when nothing can have reached the upstream, `ifReused`
 * when the connection came from the pool and died without a byte of answer, so that an idempotent
 * request may be repeated (RFC 9110 section 9.2.2).
 */
export type RetryRule = "never" | "safe" | "ifReused";

interface ErrorRow {
  readonly side: ErrorSide;
  /** Status of the answer that we make; `null` when there is nobody left to answer. */
  readonly status: number | null;
  readonly retry: RetryRule;
  readonly text: string;
}

export const ERRORS = {
  "request.malformed": row("downstream", 400, "the request breaks a rule of HTTP; `rule` names it"),
  "request.expectation": row("downstream", 417, "an Expect other than 100-continue"),
  "request.method": row("downstream", 501, "a method that is not served here (CONNECT, TRACE)"),
  "request.version": row("downstream", 505, "an HTTP version other than 1.0 and 1.1"),
  "request.misdirected": row(
    "downstream",
    421,
    "the request names a scheme or a host that this connection does not serve",
  ),
  "request.head_timeout": row("downstream", 408, "the head did not arrive within timeouts.head"),
  "request.body_timeout": row("downstream", 408, "no piece of the body arrived within timeouts.body"),
  "request.too_slow": row("downstream", 408, "the body arrived more slowly than limits.min_rate"),
  "request.aborted": row("downstream", null, "the client left before its answer was complete"),
  "answer.too_slow": row("downstream", null, "the client read its answer more slowly than limits.min_rate"),
  "answer.idle": row("downstream", null, "the client took no byte of its answer within timeouts.idle"),
  "limit.head_bytes": row("downstream", 431, "the head is larger than limits.head"),
  "limit.field_count": row("downstream", 431, "the head has more fields than limits.fields"),
  "limit.line_bytes": row("downstream", 414, "the request line is longer than limits.line"),
  "limit.body_bytes": row("downstream", 413, "the body is larger than limits.body"),
  "limit.handshakes": row("downstream", null, "the source has begun tls.handshakes handshakes this second"),
  "limit.connections": row("downstream", null, "the listener has limits.connections connections already"),
  "limit.held": row(
    "downstream",
    503,
    "more was held for peers that do not read than limits.held allows, and this one had stood still",
  ),
  "proxy_header.malformed": row(
    "downstream",
    null,
    "no PROXY header where one must be, or one that breaks its rules; `rule` names it",
  ),
  "proxy_header.untrusted": row(
    "downstream",
    null,
    "a PROXY header is needed, and the peer is not in settings.trusted_proxies",
  ),
  "tls.not_tls": row("downstream", 400, "what came at a port with TLS is not TLS"),
  "tls.client_hello": row(
    "downstream",
    null,
    "the ClientHello breaks a rule or is too large; `rule` names it",
  ),
  "tls.unknown_name": row("downstream", null, "no certificate for the name that the client asks for"),
  "tls.client_certificate": row("downstream", null, "the client's certificate is missing, or no good"),
  "tls.handshake": row("downstream", null, "the handshake failed, or the client left it; `cause` says how"),
  "tls.handshake_timeout": row("downstream", null, "no handshake within timeouts.handshake"),
  "route.not_found": row("downstream", 404, "no route matches"),
  "upstream.name_not_found": row("upstream", 502, "the target's name does not resolve", "safe"),
  "upstream.refused": row("upstream", 502, "the target refused the connection", "safe"),
  "upstream.unreachable": row("upstream", 502, "no way to the target (network or host unreachable)", "safe"),
  "upstream.connect_timeout": row("upstream", 504, "no connection within timeouts.connect", "safe"),
  "upstream.tls_expired": row(
    "upstream",
    502,
    "the target's certificate has expired, or is not valid yet",
    "safe",
  ),
  "upstream.tls_unknown_ca": row(
    "upstream",
    502,
    "the target's certificate is not signed by a CA that is trusted, or its chain is incomplete",
    "safe",
  ),
  "upstream.tls_name": row("upstream", 502, "the target's certificate is for another name", "safe"),
  "upstream.tls_pin": row("upstream", 502, "the target's key is none of those in tls.pins", "safe"),
  "upstream.tls_certificate": row(
    "upstream",
    502,
    "the target's certificate is no good otherwise; `cause` says how",
    "safe",
  ),
  "upstream.tls_handshake": row("upstream", 502, "the TLS handshake with the target failed", "safe"),
  "upstream.closed_idle": row(
    "upstream",
    502,
    "the target closed a pooled connection as it was used",
    "ifReused",
  ),
  "upstream.refused_stream": row(
    "upstream",
    502,
    "the target took the request back unread (HTTP/2: REFUSED_STREAM or GOAWAY)",
    "safe",
  ),
  "upstream.no_web_socket": row(
    "upstream",
    502,
    "the target speaks HTTP/2, and has not said that it takes WebSockets there (RFC 8441)",
    "safe",
  ),
  "upstream.reset_before_head": row("upstream", 502, "the target reset the connection before it answered"),
  "upstream.closed_before_head": row("upstream", 502, "the target closed the connection before it answered"),
  "upstream.reset_after_head": row(
    "upstream",
    502,
    "the target reset the connection in the middle of its answer",
  ),
  "upstream.closed_after_head": row(
    "upstream",
    502,
    "the target closed the connection in the middle of its answer",
  ),
  "upstream.response_timeout": row("upstream", 504, "no head of an answer within timeouts.response"),
  "upstream.try_timeout": row("upstream", 504, "no head of an answer within retry.per_try"),
  "upstream.total_timeout": row(
    "upstream",
    504,
    "the exchange was not over within timeouts.total, or within the time that the client gave",
  ),
  "upstream.idle_timeout": row("upstream", 504, "the target moved no byte within timeouts.idle"),
  "upstream.malformed": row("upstream", 502, "the answer breaks a rule of HTTP; `rule` names it"),
  "upstream.no_target": row("upstream", 503, "no target of the upstream takes requests"),
  "upstream.circuit_open": row(
    "upstream",
    503,
    "too many of the upstream's requests have failed; breaker.errors keeps further ones away for a while",
  ),
  "limit.upstream_requests": row(
    "upstream",
    503,
    "breaker.requests or breaker.requests_per_target are under way, and nobody may wait (any more)",
  ),
  "limit.queue_timeout": row("upstream", 503, "no target had room within breaker.queue_timeout"),
  "limit.target_connections": row(
    "upstream",
    503,
    "the target has limits.connections_per_target connections",
    "safe",
  ),
  "limit.pending_connects": row(
    "upstream",
    503,
    "limits.pending_connects connects to the target are under way",
    "safe",
  ),
  "proxy.draining": row("internal", 503, "the proxy is stopping"),
  "proxy.descriptors": row("internal", 503, "the process has no file descriptor left"),
  "proxy.internal": row("internal", 500, "a mistake of ours; please report it"),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** One failure of one exchange or tunnel. */
export interface ProxyError {
  readonly code: ErrorCode;
  /** The broken rule of HTTP (protocol/http/peer-fault.ts), when `code` is one of the `.malformed`. */
  readonly rule: string | null;
  /** What the system said (`ECONNREFUSED`), for the log only. */
  readonly cause: string | null;
}

export function proxyError(
  code: ErrorCode,
  details: { rule?: string | null; cause?: string | null } = {},
): ProxyError {
  return { code, rule: details.rule ?? null, cause: details.cause ?? null };
}

/** The status of our own answer to this failure, or `null` when none is to be sent. */
export function statusFor(code: ErrorCode): number | null {
  return ERRORS[code].status;
}

function row(side: ErrorSide, status: number | null, text: string, retry: RetryRule = "never"): ErrorRow {
  return { side, status, retry, text };
}
