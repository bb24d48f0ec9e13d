/**
 * What other programs call the same thing, where no likeness of letters leads to the word that is meant: the finding
 * says it. Nothing here is accepted.
 */
export type OtherWords = Readonly<Record<string, string>>;

const BY_SOURCE = "`{ policy: hash, by: source }`";

export const OTHER_POLICIES: OtherWords = {
  consistent_hash: "`hash`",
  ip_hash: BY_SOURCE,
  least_conn: "`least_requests`",
  least_connections: "`least_requests`",
  least_request: "`least_requests`",
  leastconn: "`least_requests`",
  least_time: "`least_latency`",
  ring_hash: "`hash`",
  roundrobin: "`round_robin`",
  rr: "`round_robin`",
  source: BY_SOURCE,
  two_random_choices: "`p2c`",
};

export const OTHER_PROTOCOLS: OtherWords = {
  grpc: "`h2`",
  h1: "`http1`",
  http: "`http1`",
  "http/1.1": "`http1`",
  "http/2": "`h2`",
  http2: "`h2`",
  https: "`https://` in front of the targets",
};

export const OTHER_HEALTH_KEYS: OtherWords = {
  expected_statuses: "`statuses`",
  healthy_threshold: "`rise`",
  interval: "`every`",
  passes: "`rise`",
  fails: "`fall`",
  period: "`every`",
  unhealthy_threshold: "`fall`",
  uri: "`path`",
  url: "`path`",
};

export const OTHER_RETRY_KEYS: OtherWords = {
  count: "`attempts`, the first included",
  max: "`attempts`, the first included",
  on: "`after` and `statuses`",
  retries: "`attempts`, the first included",
  retry_on: "`after` and `statuses`",
  timeout: "`per_try`",
  tries: "`attempts`",
};

export const OTHER_BREAKER_KEYS: OtherWords = {
  max_connections: "`requests_per_target`",
  max_pending_requests: "`queue`",
  max_requests: "`requests`",
};

export const OTHER_TLS_KEYS: OtherWords = {
  cert: "`certificates: [{ cert: shop.crt, key: shop.key }]`",
  certificate: "`certificates: [{ cert: shop.crt, key: shop.key }]`",
  ciphers: "`profile`: sets of ciphers that are sound",
  hsts: "`https_only`",
  key: "`certificates: [{ cert: shop.crt, key: shop.key }]`",
  min_version: "`profile: modern` for TLS 1.3 alone",
  protocols: "`profile: modern` for TLS 1.3 alone",
};
