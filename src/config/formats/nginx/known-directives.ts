/**
 * What becomes of nginx's directives. A name that is in no table here is unknown: a slip, or a module of somebody
 * else's. The tables say why something is not carried over; what is carried is read by the files beside this one.
 */

import { argument } from "../directives/directive.ts";
import { table, words } from "../directives/reason-table.ts";
import type { KnownDirectives } from "../directives/unread.ts";

export const nginxDirectives: KnownDirectives = {
  reasonNotNeeded: (directive) => {
    const isOffAnyway = directive.name === "access_log" && argument(directive, 0) === "off";
    return isOffAnyway
      ? "nothing is logged unless `settings.access_log` says so"
      : (NOT_NEEDED.get(directive.name) ?? null);
  },
  reasonNotCarried: (name) =>
    NOT_CARRIED.get(name) ?? FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null,
  isCarried: (name) => CARRIED.has(name),
  names: () => [...CARRIED, ...NOT_NEEDED.keys(), ...NOT_CARRIED.keys()],
  dataBlocks: new Set(["types", "map", "geo", "split_clients", "charset_map"]),
};

const CARRIED = new Set(
  words(`http server location upstream stream listen server_name proxy_pass return rewrite break include if
    client_max_body_size client_body_timeout client_header_timeout keepalive_timeout keepalive_requests
    proxy_connect_timeout proxy_read_timeout proxy_send_timeout proxy_timeout proxy_set_header proxy_http_version
    default_type try_files root alias least_conn random hash ip_hash allow deny auth_basic auth_request satisfy
    internal limit_except valid_referers ssl_certificate ssl_certificate_key ssl_protocols ssl_reject_handshake`),
);

const PROCESS = "it is about nginx's own processes";
const FILES = "no files are served";
const STREAMED = "bodies are streamed, with bounded buffers";
const SIZES = "tables and buffers size themselves";

const NOT_NEEDED = table([
  [
    PROCESS,
    `user worker_processes worker_cpu_affinity worker_priority worker_rlimit_nofile worker_rlimit_core
    worker_shutdown_timeout working_directory pid daemon master_process lock_file thread_pool timer_resolution
    pcre_jit load_module env debug_points events worker_connections multi_accept use accept_mutex
    accept_mutex_delay worker_aio_requests debug_connection ssl_engine error_log lua_package_path`,
  ],
  [
    SIZES,
    `variables_hash_max_size variables_hash_bucket_size server_names_hash_max_size
    server_names_hash_bucket_size types_hash_max_size types_hash_bucket_size map_hash_max_size
    map_hash_bucket_size proxy_headers_hash_max_size proxy_headers_hash_bucket_size connection_pool_size
    request_pool_size client_body_buffer_size client_header_buffer_size zone`,
  ],
  [
    STREAMED,
    `proxy_buffering proxy_buffers proxy_buffer_size proxy_busy_buffers_size proxy_max_temp_file_size
    proxy_temp_path proxy_temp_file_write_size proxy_request_buffering client_body_temp_path
    client_body_in_file_only client_body_in_single_buffer output_buffers postpone_output preread_buffer_size`,
  ],
  [
    FILES,
    `types default_type root alias index autoindex autoindex_exact_size autoindex_localtime open_file_cache
    open_file_cache_valid open_file_cache_min_uses open_file_cache_errors log_not_found disable_symlinks etag
    if_modified_since gzip_static sendfile sendfile_max_chunk aio aio_write directio directio_alignment read_ahead
    max_ranges`,
  ],
  [
    "connections are handled so anyway",
    `tcp_nopush tcp_nodelay send_lowat reset_timedout_connection
    lingering_close lingering_time lingering_timeout keepalive_disable chunked_transfer_encoding`,
  ],
  ["connections to targets are kept for the next request", "keepalive"],
  ["HTTP/2 is agreed on with clients that can take it", "http2"],
  ["sessions are resumed by tickets anyway", "ssl_session_cache ssl_session_timeout ssl_session_tickets"],
  ["names are resolved again while running", "resolver resolver_timeout"],
  ["answers of the proxy's own do not name it", "server_tokens"],
]);

const TLS = "what is agreed on follows Mozilla's profiles; see `tls` of a listener";
const PROXY_TLS = "TLS to upstreams is not carried over yet";
const CACHE = "answers are not cached";
const HEADERS = "header fields of requests and answers are passed on as they are";
const LOG = "see `settings.access_log`, with `format: combined` or a template";
const PLAIN = "there is no counterpart";

const NOT_CARRIED = table([
  [
    HEADERS,
    `add_header add_trailer expires proxy_hide_header proxy_pass_header
    proxy_ignore_headers proxy_cookie_domain proxy_cookie_path proxy_cookie_flags proxy_redirect charset
    charset_types override_charset source_charset more_set_headers more_clear_headers`,
  ],
  [LOG, "access_log log_format log_subrequest open_log_file_cache"],
  [CACHE, "proxy_store proxy_store_access slice"],
  ["see `settings.limits.head`", "large_client_header_buffers"],
  [
    "see `client_auth`, `client_ca` and `client_crl` in `tls` of a listener",
    "ssl_client_certificate ssl_trusted_certificate ssl_crl ssl_verify_depth",
  ],
  ["see `passphrase` of a certificate", "ssl_password_file"],
  [
    "answers of OCSP are not stapled",
    "ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify",
  ],
  ["see `settings.trusted_proxies`", "set_real_ip_from real_ip_header real_ip_recursive"],
  [
    "one attempt is made, and a second one when a kept connection had been closed",
    `proxy_next_upstream
    proxy_next_upstream_timeout proxy_next_upstream_tries`,
  ],
  [
    "an upstream's error pages are passed on as they are",
    "error_page proxy_intercept_errors recursive_error_pages",
  ],
  [
    "how much is sent to whom is not limited yet",
    `limit_rate limit_rate_after proxy_limit_rate
    proxy_upload_rate proxy_download_rate`,
  ],
  ["variables are not carried over", `map geo split_clients set uninitialized_variable_warn rewrite_log`],
  [
    PLAIN,
    `mirror mirror_request_body sub_filter sub_filter_once sub_filter_types sub_filter_last_modified
    addition_types add_before_body add_after_body ssi ssi_types image_filter xslt_stylesheet stub_status dav_methods
    create_full_put_path dav_access min_delete_depth merge_slashes port_in_redirect absolute_redirect
    server_name_in_redirect underscores_in_headers ignore_invalid_headers proxy_bind proxy_method proxy_set_body
    proxy_pass_request_headers proxy_pass_request_body proxy_force_ranges proxy_protocol proxy_protocol_timeout
    proxy_ignore_client_abort proxy_socket_keepalive proxy_requests proxy_responses proxy_half_close
    send_timeout post_action sticky sticky_cookie_insert queue ntlm least_time state
    keepalive_time memcached_pass empty_gif flv mp4 random_index userid userid_name userid_domain userid_path
    userid_expires ssl_preread preread_timeout tcp_user_timeout http3 quic_retry quic_gso
    charset_map referer_hash_max_size referer_hash_bucket_size browser ancient_browser modern_browser http2_push
    mail imap_auth smtp_auth status health_check match api perl perl_set perl_modules google_perftools_profiles
    max_headers early_hints msie_padding msie_refresh subrequest_output_buffer_size proxy_allow_upstream`,
  ],
]);

/** Modules of which one name tells as much as all. */
const FAMILIES: readonly (readonly [prefix: string, reason: string])[] = [
  ["ssl_", TLS],
  ["proxy_ssl", PROXY_TLS],
  ["http2_", "what HTTP/2 may cost is bounded without settings, see docs/http2.md"],
  ["http3_", "HTTP/3 is not carried over"],
  ["proxy_cache", CACHE],
  ["proxy_no_cache", CACHE],
  ["gzip", "answers are not compressed; upstreams may do it"],
  ["gunzip", "answers are passed on as they are"],
  ["brotli", "answers are not compressed; upstreams may do it"],
  ["zstd", "answers are not compressed; upstreams may do it"],
  ["limit_req", "how often a client may ask is not limited yet"],
  ["limit_conn", "connections are limited per listener: see `settings.limits.connections`"],
  ["fastcgi_", "FastCGI is not spoken"],
  ["uwsgi_", "uwsgi is not spoken"],
  ["scgi_", "SCGI is not spoken"],
  ["grpc_", "gRPC is not carried over yet"],
  ["memcached_", "memcached is not spoken"],
  ["geoip", "variables are not carried over"],
  ["secondary_", PLAIN],
  ["js_", "scripts are not carried over"],
  ["lua_", "scripts are not carried over"],
  ["content_by_lua", "scripts are not carried over"],
  ["access_by_lua", "scripts are not carried over"],
  ["rewrite_by_lua", "scripts are not carried over"],
  ["header_filter_by_lua", "scripts are not carried over"],
  ["body_filter_by_lua", "scripts are not carried over"],
  ["init_by_lua", "scripts are not carried over"],
  ["init_worker_by_lua", "scripts are not carried over"],
  ["log_by_lua", "scripts are not carried over"],
  ["set_by_lua", "scripts are not carried over"],
  ["balancer_by_lua", "scripts are not carried over"],
  ["otel", "traces are not carried over"],
  ["opentracing", "traces are not carried over"],
  ["auth_jwt", "who a client is, is not checked"],
  ["auth_basic", "who a client is, is not checked"],
  ["auth_request", "who a client is, is not checked"],
  ["secure_link", "links are not checked"],
];
