/** The annotations of the nginx controller, without their prefix, and what becomes of them; and those of others. */
import { table, words } from "../directives/reason-table.ts";

/** Whatever restricts who may come in, or may do so in nginx's own language. */
export const CLOSING =
  /^(?:auth-(?:url|secret|type|tls-secret|tls-verify-client)|(?:white|allow|deny)list-source-range|satisfy|(?:server|configuration)-snippet|enable-modsecurity|enable-owasp-core-rules)$/;

export const UNNEEDED: ReadonlySet<string> = new Set(
  words(`proxy-buffering proxy-request-buffering proxy-buffer-size proxy-buffers-number proxy-busy-buffers-size
    proxy-http-version proxy-max-temp-file-size service-upstream websocket-services client-body-buffer-size
    preserve-trailing-slash`),
);

const TLS = "TLS is not carried over yet";
const HEADERS = "header fields of requests and answers are passed on as they are";

export const NOT_CARRIED = table([
  ["plain requests are not sent to https", "ssl-redirect force-ssl-redirect"],
  ["write a route with a redirect", "from-to-www-redirect"],
  ["write the names in `host`", "server-alias"],
  ["`timeouts.idle` holds for both directions", "proxy-send-timeout"],
  ["one attempt is made", "proxy-next-upstream proxy-next-upstream-tries proxy-next-upstream-timeout"],
  [
    HEADERS,
    `proxy-redirect-from proxy-redirect-to proxy-cookie-domain proxy-cookie-path upstream-vhost
    x-forwarded-prefix custom-headers connection-proxy-header enable-cors cors-allow-origin cors-allow-methods
    cors-allow-headers cors-allow-credentials cors-expose-headers cors-max-age`,
  ],
  [
    "a client does not always get the same target",
    `affinity affinity-mode affinity-canary-behavior
    session-cookie-name session-cookie-path session-cookie-max-age session-cookie-expires session-cookie-samesite
    session-cookie-secure session-cookie-change-on-failure session-cookie-domain upstream-hash-by`,
  ],
  ["see `balance` of the upstream", "load-balance"],
  [
    "write two routes, or an upstream with weights",
    `canary canary-weight canary-weight-total canary-by-header
    canary-by-header-value canary-by-header-pattern canary-by-cookie`,
  ],
  [
    "how often a client may ask is not limited yet",
    `limit-rps limit-rpm limit-connections limit-whitelist
    limit-allowlist limit-burst-multiplier limit-rate limit-rate-after`,
  ],
  ["an upstream's error pages are passed on as they are", "default-backend custom-http-errors"],
  ["see `settings.access_log`", "enable-access-log"],
  ["requests are not copied", "mirror-target mirror-host mirror-request-body"],
  [
    "who a client is, is not checked",
    `auth-realm auth-signin auth-signin-redirect-param auth-method
    auth-response-headers auth-secret-type auth-snippet auth-cache-key auth-cache-duration auth-always-set-cookie
    auth-keepalive auth-proxy-set-headers enable-global-auth`,
  ],
  [
    TLS,
    `ssl-passthrough auth-tls-verify-depth auth-tls-pass-certificate-to-upstream auth-tls-error-page
    auth-tls-match-cn ssl-ciphers ssl-prefer-server-ciphers proxy-ssl-secret proxy-ssl-verify
    proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name proxy-ssl-ciphers proxy-ssl-protocols`,
  ],
  ["HTTP/2 is not carried over yet", "http2-push-preload"],
  [
    "traces are not carried over",
    "enable-opentelemetry opentelemetry-trust-incoming-span enable-opentracing",
  ],
  ["it is nginx's own language", "stream-snippet"],
  ["requests are not inspected", "modsecurity-snippet modsecurity-transaction-id"],
  ["`explain` says what becomes of a request", "enable-rewrite-log"],
]);

/** For near misses. */
export const KNOWN: readonly string[] = [
  ...UNNEEDED,
  ...NOT_CARRIED.keys(),
  ...words(`rewrite-target use-regex app-root permanent-redirect permanent-redirect-code temporal-redirect
    backend-protocol proxy-body-size proxy-connect-timeout proxy-read-timeout auth-url auth-secret auth-type
    auth-tls-secret auth-tls-verify-client whitelist-source-range allowlist-source-range denylist-source-range
    satisfy server-snippet configuration-snippet enable-modsecurity enable-owasp-core-rules`),
];

/** Annotations that are for tools, by how they begin. */
export const OTHER: readonly (readonly [prefix: string, reason: string])[] = [
  ["kubectl.kubernetes.io/", "it is kubectl's own note"],
  ["kubernetes.io/ingress.class", "it chooses the controller"],
  ["meta.helm.sh/", "it is Helm's own note"],
  ["argocd.argoproj.io/", "it is Argo CD's own note"],
];
