/** Made by scripts/generate-docs.ts from src/config/schema.ts. */

/**
 * A configuration, typed. It is plain data: what is exported by default is what is served.
 * @example export default defineConfig({ routes: [{ listen: 5000, path: "/", respond: { body: "hello" } }] });
 */
export declare function defineConfig(configuration: PortwardConfig): PortwardConfig;

/**
 * An environment variable, filled in when the configuration is read. A script sees no variables of its own.
 * @param fallback in place of a variable that is not set, or empty
 */
export declare function env(name: string, fallback?: string): Reference;

/** The content of a file, which is never shown: `secretFile("/run/secrets/token")`. */
export declare function secretFile(path: string): Reference;

/** Stands for a value that is only known where the configuration is read. */
export type Reference = `${string}\${${string}`;

export interface PortwardConfig {
  /**
   * Names this document in logs, metrics and errors; the file's name unless set.
   * @example "shop"
   */
  readonly name?: string | undefined;
  /**
   * Files, directories and patterns that are read as well, relative to this file.
   * @example "routes/*.yaml"
   * @example ["upstreams.yaml","routes"]
   */
  readonly include?: string | readonly string[] | undefined;
  /** What holds for the whole process. */
  readonly settings?: {
    /**
     * Whose X-Forwarded-* and X-Request-Id are believed.
     * @default []
     * @example ["10.0.0.0/8","::1"]
     */
    readonly trusted_proxies?: readonly string[] | undefined;
    /**
     * Environment variables that are never shown, besides those whose names say so.
     * @default []
     * @example ["LICENCE"]
     */
    readonly secrets?: readonly string[] | undefined;
    /**
     * The text in `{"detail": …}` when no route matches.
     * @default "not found"
     */
    readonly not_found_message?: string | undefined;
    /**
     * A line per request: `off`, `stdout`, a path, `syslog`, a map, or a list of these.
     * @default "off"
     * @example "/var/log/portward/access.log"
     * @example [{"to":"stdout","format":"combined","status":["5xx"]}]
     */
    readonly access_log?: AccessLog | readonly AccessLog[] | undefined;
    /**
     * OpenTelemetry spans for exchanges and attempts.
     * @default "off"
     * @example {"endpoint":"http://127.0.0.1:4318","sample":0.1}
     */
    readonly tracing?: "off" | {
      /**
       * Where spans are sent by OTLP/HTTP; `/v1/traces` is added when there is no path.
       * @example "http://127.0.0.1:4318"
       */
      readonly endpoint: string;
      /**
       * The share of traces that are sent, of those that begin here. A caller decides for its own.
       * @default 1
       */
      readonly sample?: number | Reference | undefined;
      /**
       * What the spans call this service.
       * @default "portward"
       */
      readonly service_name?: string | undefined;
      /**
       * Whose `traceparent` is continued; others begin a new trace.
       * @default "everyone"
       */
      readonly parents?: "everyone" | "trusted_proxies" | Reference | undefined;
      /**
       * Header fields for the collector. Their values are never shown.
       * @example {"x-api-key":"…"}
       */
      readonly headers?: { readonly [name: string]: string } | undefined;
      /**
       * For one export with its repetitions.
       * @default "10s"
       */
      readonly timeout?: string | Reference | undefined;
    } | undefined;
    /** What no log shows, besides what is always hidden. */
    readonly redact?: {
      /**
       * Header fields whose values are `***`, besides Authorization, Cookie and the like.
       * @default []
       * @example ["x-api-key"]
       */
      readonly headers?: readonly string[] | undefined;
      /**
       * Parameters whose values are `***`, besides `token`, `password` and the like.
       * @default []
       * @example ["otp"]
       */
      readonly query?: readonly string[] | undefined;
    } | undefined;
    /**
     * Add `Via` to requests, as RFC 9110 section 7.6.3 asks. nginx as an upstream compresses no answer to a request with `Via` unless it has `gzip_proxied any`.
     * @default "on"
     */
    readonly via?: boolean | "on" | "off" | Reference | undefined;
    /**
     * Add `Forwarded` (RFC 7239) beside X-Forwarded-*.
     * @default "off"
     */
    readonly forwarded?: boolean | "on" | "off" | Reference | undefined;
    /** How much one client or one target may take. */
    readonly limits?: {
      /**
       * Request line and header fields together. Beyond: 431.
       * @default "32KiB"
       */
      readonly head?: string | Reference | undefined;
      /**
       * Header fields of one message. Beyond: 431.
       * @default 100
       */
      readonly fields?: number | Reference | undefined;
      /**
       * The request line. Beyond: 414.
       * @default "8KiB"
       */
      readonly line?: string | Reference | undefined;
      /**
       * The body of a request, or `off`. Beyond: 413.
       * @default "off"
       */
      readonly body?: string | Reference | undefined;
      /**
       * All chunk extensions of one body. Beyond: 400.
       * @default "4KiB"
       */
      readonly chunk_extensions?: string | Reference | undefined;
      /**
       * Then a client's connection is closed gracefully.
       * @default 10000
       */
      readonly requests_per_connection?: number | Reference | undefined;
      /**
       * Open connections of one listener, in each worker. Beyond: closed at once.
       * @default 20000
       */
      readonly connections?: number | Reference | undefined;
      /**
       * Connections to one target, idle ones included, from all workers together. Beyond: 503.
       * @default 16384
       */
      readonly connections_per_target?: number | Reference | undefined;
      /**
       * Connects under way to one target, from all workers together. Beyond: 503.
       * @default 4096
       */
      readonly pending_connects?: number | Reference | undefined;
      /**
       * What a process holds in all for clients and targets that do not take it, or `off`. Beyond: those that stand still for longest are reset.
       * @default "512MiB"
       */
      readonly held?: string | Reference | undefined;
      /**
       * Bytes a second that a body must move in either direction, averaged over `min_rate_window`, or `off`.
       * @default "64B"
       */
      readonly min_rate?: string | Reference | undefined;
      /**
       * Over how long `min_rate` is averaged.
       * @default "60s"
       */
      readonly min_rate_window?: string | Reference | undefined;
    } | undefined;
    /** How long anything may wait. */
    readonly timeouts?: {
      /**
       * From a connection at a listener with TLS or PROXY headers to the end of its handshake. Beyond: closed.
       * @default "10s"
       */
      readonly handshake?: string | Reference | undefined;
      /**
       * Connecting to a target, TLS included. Beyond: 504.
       * @default "5s"
       */
      readonly connect?: string | Reference | undefined;
      /**
       * From a request's first byte to the end of its head. Beyond: 408.
       * @default "10s"
       */
      readonly head?: string | Reference | undefined;
      /**
       * Between two pieces of a request body. Beyond: 408.
       * @default "30s"
       */
      readonly body?: string | Reference | undefined;
      /**
       * From the end of the request to the head of the answer. Beyond: 504.
       * @default "60s"
       */
      readonly response?: string | Reference | undefined;
      /**
       * Without a byte in either direction: the body of an answer, a tunnel. 10m on tcp routes unless set.
       * @default "60s"
       */
      readonly idle?: string | Reference | undefined;
      /**
       * From the head of a request to the end of its answer, attempts and pauses included. Beyond: 504.
       * @default "off"
       */
      readonly total?: string | Reference | undefined;
      /**
       * A client's connection between two requests.
       * @default "75s"
       */
      readonly keep_alive?: string | Reference | undefined;
    } | undefined;
    /**
     * When requests are sent again beyond what is always safe; routes may say otherwise.
     * @default "off"
     */
    readonly retry?: "off" | {
      /**
       * Attempts in all, the first included. Targets that do not accept count once together.
       * @default 3
       */
      readonly attempts?: number | Reference | undefined;
      /**
       * After what: no target accepted, the connection ended before the answer began, the target refused the stream, no head of an answer in time, an answer that breaks a rule of HTTP.
       * @default ["connect","reset","refused_stream"]
       * @example ["connect","reset","timeout"]
       */
      readonly after?: "connect" | "reset" | "refused_stream" | "timeout" | "malformed" | readonly ("connect" | "reset" | "refused_stream" | "timeout" | "malformed" | Reference)[] | Reference | undefined;
      /**
       * Answers that count as failures while another attempt is allowed.
       * @default []
       * @example 503
       * @example [502,503,504]
       */
      readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
      /**
       * Which requests may be sent again once a target may have seen them: `idempotent` (RFC 9110 section 9.2.2), `any`, or a list.
       * @default "idempotent"
       * @example "idempotent"
       * @example ["GET","POST"]
       */
      readonly methods?: string | readonly string[] | undefined;
      /**
       * So much of a request's body is kept to be sent again; a longer one, or any with `off`, is sent once.
       * @default "64KiB"
       */
      readonly body?: string | Reference | undefined;
      /**
       * From the end of the request to the head of the answer, for each attempt. `timeouts.response` holds as well.
       * @default "off"
       */
      readonly per_try?: string | Reference | undefined;
      /**
       * The pause before the second attempt; doubled before each further one.
       * @default "25ms"
       */
      readonly backoff?: string | Reference | undefined;
      /**
       * The longest pause.
       * @default "250ms"
       */
      readonly max_backoff?: string | Reference | undefined;
      /**
       * Repetitions for each request to the upstream, on average over all of them: an upstream that fails altogether is never asked much more often than that.
       * @default "20%"
       * @example "20%"
       */
      readonly budget?: string | Reference | undefined;
    } | undefined;
    /** Connections to targets that are kept for the next request. */
    readonly pool?: {
      /**
       * Idle connections kept per target by each worker; 0 keeps none.
       * @default 256
       */
      readonly idle?: number | Reference | undefined;
      /**
       * How long an idle connection is kept.
       * @default "30s"
       */
      readonly idle_timeout?: string | Reference | undefined;
      /**
       * A connection older than this is not used again.
       * @default "10m"
       */
      readonly max_age?: string | Reference | undefined;
    } | undefined;
    /** How names of targets are resolved. */
    readonly dns?: {
      /**
       * Name servers; empty means the system's resolver.
       * @default []
       * @example ["1.1.1.1:53"]
       */
      readonly servers?: readonly string[] | undefined;
      /**
       * How long an answer without a TTL is believed.
       * @default "30s"
       */
      readonly refresh?: string | Reference | undefined;
    } | undefined;
    /**
     * How long SIGTERM waits for requests in flight.
     * @default "30s"
     */
    readonly drain?: string | Reference | undefined;
    /**
     * How long before that `/readyz` already fails while everything is still served, so that load balancers turn away first.
     * @default "0s"
     */
    readonly drain_lead?: string | Reference | undefined;
    /** Who issues certificates for listeners with `tls.acme`. */
    readonly acme?: {
      /**
       * For the account's key, certificates and their keys: a directory, or what many machines have in common. Instances that share it share the certificates, and one at a time asks for them.
       * @example "/var/lib/portward/acme"
       * @example {"etcd":"http://127.0.0.1:2379"}
       */
      readonly storage: string | {
        /**
         * A server of Redis: with user, password and database; `rediss://` for TLS. Never shown.
         * @example "rediss://portward:${file:/run/secrets/redis}@redis.internal:6379"
         */
        readonly redis?: string | undefined;
        /**
         * Members of etcd, with user and password where it wants them: one is asked, another when it fails.
         * @example "http://127.0.0.1:2379"
         */
        readonly etcd?: string | readonly string[] | undefined;
        /**
         * What the names of its keys begin with.
         * @default "portward"
         */
        readonly prefix?: string | undefined;
        /**
         * Seals what is put there (AES-256-GCM), so that only instances with it can read or write it. Never shown.
         * @example "${file:/run/secrets/acme}"
         */
        readonly passphrase?: string | Reference | undefined;
        /**
         * The copy here, which is served from, also when the storage is out of reach: for its owner alone, keys in the clear. Unless set, `acme` where `internal_ca.storage` has `local-ca`.
         * @example "/var/lib/portward/acme"
         */
        readonly directory?: string | undefined;
      };
      /**
       * Where the authority writes to when something is wrong.
       * @example "ops@shop.example"
       */
      readonly email?: string | undefined;
      /**
       * The authority: its ACME directory (RFC 8555). Let's Encrypt unless set. Naming `settings.acme` accepts its terms.
       * @default "https://acme-v02.api.letsencrypt.org/directory"
       * @example "https://acme-staging-v02.api.letsencrypt.org/directory"
       */
      readonly directory?: string | undefined;
      /**
       * An account that exists at the authority by other means, where it asks for one.
       * @example {"key_id":"kid-1","key":"${file:/run/secrets/eab}"}
       */
      readonly external_account?: {
        /** How the authority calls the key. */
        readonly key_id: string;
        /** The key that it gave you, in base64url; never shown. */
        readonly key: string;
      } | undefined;
      /**
       * How the authority sees that a name is ours: it asks over HTTP at port 80, by a TLS handshake at port 443, or for a record in DNS. For wildcards it is always DNS.
       * @default "http-01"
       */
      readonly challenge?: "http-01" | "tls-alpn-01" | "dns-01" | Reference | undefined;
      /**
       * Who puts records into DNS.
       * @example {"exec":"/usr/local/bin/dns-record"}
       */
      readonly dns?: {
        /**
         * A program with its arguments, run without a shell; what to do is in its environment, see docs/tls.md.
         * @example ["/usr/local/bin/dns-record","--zone","shop.example"]
         */
        readonly exec?: string | readonly string[] | undefined;
        /**
         * Variables for the program, beside PATH, HOME and the like. Their values are never shown.
         * @example {"API_TOKEN":"${file:/run/secrets/dns}"}
         */
        readonly env?: { readonly [name: string]: string } | undefined;
        /**
         * In place of a program: `/present` and `/cleanup` below this URL get `fqdn` and `value` as JSON.
         * @example "https://dns.internal/acme"
         */
        readonly webhook?: string | undefined;
        /**
         * What the webhook is sent as `Authorization: Bearer …`; never shown.
         * @example "${file:/run/secrets/webhook}"
         */
        readonly token?: string | undefined;
        /**
         * For one run of the program, or one answer of the webhook.
         * @default "1m"
         */
        readonly timeout?: string | Reference | undefined;
        /**
         * Name servers that must all show a record before the authority is asked to look; those of the zone unless set.
         * @example ["10.0.0.53:53"]
         */
        readonly servers?: readonly string[] | undefined;
        /**
         * How long they may take to show it.
         * @default "5m"
         */
        readonly within?: string | Reference | undefined;
        /**
         * In place of asking name servers: how long the record takes to be everywhere.
         * @example "30s"
         */
        readonly wait?: string | Reference | undefined;
      } | undefined;
      /**
       * Names whose certificates are obtained once somebody asks for them, for listeners with `tls.on_demand`.
       * @example {"hosts":["*.customers.example"]}
       */
      readonly on_demand?: {
        /**
         * Names that may be had; `*.` stands for one or more labels.
         * @example ["*.customers.example"]
         */
        readonly hosts?: string | readonly string[] | undefined;
        /**
         * Who is asked whether a name may be had: by GET with `?domain=`, and nothing but the status 200 means yes.
         * @example "http://127.0.0.1:3000/tls-allowed"
         */
        readonly ask?: string | undefined;
        /**
         * How many names at most have certificates of this kind.
         * @default 1000
         */
        readonly names?: number | Reference | undefined;
        /**
         * How many new names at most are asked for in an hour.
         * @default 60
         */
        readonly per_hour?: number | Reference | undefined;
      } | undefined;
      /** Who must have signed the certificate of the authority's own server: a PEM file. */
      readonly ca?: string | undefined;
    } | undefined;
    /** The authority of this machine, for listeners with `tls: internal`. */
    readonly internal_ca?: {
      /**
       * A directory for its root, the root's key and what it issues. Unless set, `local-ca` in $STATE_DIRECTORY, else in `portward` below $XDG_STATE_HOME or ~/.local/state.
       * @example "/var/lib/portward/local-ca"
       */
      readonly storage?: string | undefined;
      /**
       * Of its certificates, which are renewed at two thirds of it.
       * @default "168h"
       */
      readonly lifetime?: string | Reference | undefined;
    } | undefined;
    /** Who may use the admin address. */
    readonly admin?: {
      /**
       * What callers of the admin address must send as `Authorization: Bearer …`: 16 or more letters, digits and `-._~+/=`. `off`: nothing, and then the address must be a loopback address.
       * @default "off"
       * @example "${file:/run/secrets/admin-token}"
       */
      readonly token?: string | undefined;
      /**
       * Names under which the admin address may be asked for, beside IP addresses, `localhost` and the one in `--admin`.
       * @default []
       * @example ["proxy.internal"]
       */
      readonly hosts?: readonly string[] | undefined;
      /** HTTPS in place of HTTP at the admin address. The files are read again with each reload. */
      readonly tls?: {
        /** The certificate and those between it and its root, PEM. */
        readonly cert: string;
        /** Its private key, PEM. */
        readonly key: string;
        /**
         * Who must have signed the certificate that callers show: PEM files. With it the address need not be a loopback address; where a `token` is set, it is wanted too.
         * @example "/etc/tls/operators-ca.crt"
         */
        readonly client_ca?: string | readonly string[] | undefined;
      } | undefined;
    } | undefined;
    /**
     * The field in which clients say how many milliseconds they wait: the exchange is over by then, and targets are told what is left. `grpc-timeout` needs no setting.
     * @default "off"
     * @example "X-Request-Timeout"
     */
    readonly deadline_header?: string | undefined;
    /**
     * Who sends it in `X-Portward-Explain` is told in a field of that name what became of the request; it is never passed on. `off`: nobody is told.
     * @default "off"
     * @example "${file:/run/secrets/explain-token}"
     */
    readonly explain_token?: string | undefined;
    /**
     * How many answered requests each worker keeps for the admin address and `plan --live`: method, host, path, names of header fields; 0 keeps none.
     * @default 1000
     */
    readonly recent_requests?: number | Reference | undefined;
    /** The processes that serve; how many is said by `--workers`. */
    readonly workers?: {
      /**
       * A worker process whose event loop stands still for so long is killed and replaced.
       * @default "10s"
       */
      readonly hang?: string | Reference | undefined;
    } | undefined;
  } | undefined;
  /**
   * Addresses with a name.
   * @example {"web":{"address":"127.0.0.1:5000"}}
   */
  readonly listeners?: { readonly [name: string]: {
    /**
     * Where connections are accepted.
     * @example 5000
     * @example "127.0.0.1:5000"
     * @example "[::1]:5000"
     * @example "unix:/run/web.sock"
     */
    readonly address: number | string;
    /**
     * Whether connections from `settings.trusted_proxies` begin with a PROXY protocol header: they may, or all must.
     * @default "off"
     */
    readonly proxy_protocol?: "off" | "accept" | "require" | Reference | undefined;
    /**
     * Speak TLS here.
     * @example {"certificates":[{"cert":"/etc/tls/shop.crt","key":"/etc/tls/shop.key"}]}
     */
    readonly tls?: "internal" | {
      /**
       * Each client gets the one for the name it asks for; the first is the default. A name may have an ECDSA and an RSA one.
       * @example [{"cert":"/etc/tls/shop.crt","key":"/etc/tls/shop.key"}]
       */
      readonly certificates?: readonly ({
        /** The certificate and those between it and its root, PEM, in any order. */
        readonly cert: string;
        /** Its private key, PEM. */
        readonly key: string;
        /**
         * Of an encrypted key; best as a reference.
         * @example "${file:/run/secrets/key}"
         */
        readonly passphrase?: string | undefined;
      })[] | undefined;
      /**
       * Names whose certificates are obtained from the authority in `settings.acme`, and renewed, one for each name. They come after `certificates`.
       * @example ["shop.example","*.shop.example"]
       */
      readonly acme?: readonly string[] | undefined;
      /**
       * Names that `settings.acme.on_demand` allows get a certificate once a client has asked for them.
       * @default false
       */
      readonly on_demand?: boolean | "on" | "off" | Reference | undefined;
      /**
       * For development: an authority on this machine certifies the hosts of the listener's routes, `localhost` and its addresses. `portward cert trust` says how to trust it. They come last.
       * @default false
       */
      readonly internal?: boolean | "on" | "off" | Reference | undefined;
      /**
       * What a client gets that asks for another name, or for none: the first certificate, or an alert.
       * @default "default"
       */
      readonly unknown_name?: "default" | "refuse" | Reference | undefined;
      /**
       * Mozilla's: TLS 1.2 and 1.3 with sound ciphers, or TLS 1.3 alone.
       * @default "intermediate"
       */
      readonly profile?: "intermediate" | "modern" | Reference | undefined;
      /**
       * Whether clients may or must show a certificate.
       * @default "off"
       */
      readonly client_auth?: "off" | "request" | "require" | Reference | undefined;
      /**
       * Who must have signed it: PEM files.
       * @example "/etc/tls/clients-ca.crt"
       */
      readonly client_ca?: string | readonly string[] | undefined;
      /** Which of these are revoked: PEM files, one for each CA of the chain. */
      readonly client_crl?: string | readonly string[] | undefined;
      /**
       * Handshakes a second that one address may begin, at all workers together; twice as many at once. Beyond: closed.
       * @default "off"
       */
      readonly handshakes?: number | "off" | undefined;
      /**
       * Tells browsers to use HTTPS only (HSTS), and redirects what comes in at port 80.
       * @default false
       */
      readonly https_only?: boolean | "on" | "off" | {
        /**
         * The port of the same address that answers with redirects to this listener.
         * @default 80
         */
        readonly redirect_from?: number | Reference | undefined;
        /**
         * How long browsers are to use HTTPS only.
         * @default "8760h"
         */
        readonly max_age?: string | Reference | undefined;
        /**
         * Whether that holds for all names below, too.
         * @default false
         */
        readonly subdomains?: boolean | "on" | "off" | Reference | undefined;
        /**
         * Consent to being built into browsers, which is hard to undo.
         * @default false
         */
        readonly preload?: boolean | "on" | "off" | Reference | undefined;
      } | undefined;
    } | undefined;
  } } | undefined;
  /**
   * Groups of targets with a name.
   * @example {"api":{"targets":["10.0.0.1:3000","10.0.0.2:3000"]}}
   */
  readonly upstreams?: { readonly [name: string]: {
    /**
     * Where requests may go; beside `discover` what is found comes to them.
     * @example ["10.0.0.1:3000","https://api.internal","unix:/run/app.sock"]
     */
    readonly targets?: readonly Target[] | undefined;
    /**
     * Where targets are found while the proxy runs.
     * @example {"dns":{"name":"api.internal","port":3000}}
     * @example {"file":{"path":"/etc/portward/api.yaml"},"keep":"1h"}
     */
    readonly discover?: {
      /**
       * Targets in a file of their own.
       * @example {"path":"/etc/portward/api.yaml"}
       */
      readonly file?: {
        /**
         * A YAML or JSON file with a list of targets; read again whenever it changes.
         * @example "/etc/portward/api.yaml"
         */
        readonly path: string;
      } | undefined;
      /**
       * Targets at a URL.
       * @example {"url":"http://127.0.0.1:8500/api.json"}
       */
      readonly http?: {
        /**
         * Answers with a list of targets, as YAML or JSON; with an ETag it is sent only when it changes.
         * @example "http://127.0.0.1:8500/api.json"
         */
        readonly url: string;
        /**
         * How often it is asked, with a little jitter.
         * @default "10s"
         */
        readonly every?: string | Reference | undefined;
        /**
         * How long an answer may take.
         * @default "5s"
         */
        readonly timeout?: string | Reference | undefined;
        /**
         * Sent with each request; values are never shown.
         * @example {"authorization":"Bearer ${TOKEN}"}
         */
        readonly headers?: { readonly [name: string]: string } | undefined;
      } | undefined;
      /**
       * Targets from DNS.
       * @example {"name":"api.internal","port":3000}
       */
      readonly dns?: {
        /**
         * Asked for again as TTLs run out.
         * @example "api.internal"
         * @example "_http._tcp.api.internal"
         */
        readonly name: string;
        /**
         * `address`: each address is a target. `srv`: records say host, port, weight and priority.
         * @default "address"
         */
        readonly type?: "address" | "srv" | Reference | undefined;
        /** Of the targets, with `address`. */
        readonly port?: number | Reference | undefined;
        /**
         * Name servers; those of `settings.dns` unless set.
         * @example ["10.0.0.2:8600"]
         */
        readonly servers?: readonly string[] | undefined;
        /**
         * The shortest time between two questions.
         * @default "1s"
         */
        readonly at_least?: string | Reference | undefined;
        /**
         * The longest, however long the TTLs are.
         * @default "5m"
         */
        readonly at_most?: string | Reference | undefined;
      } | undefined;
      /**
       * Instances of a service in Consul.
       * @example {"service":"api"}
       */
      readonly consul?: {
        /**
         * Its instances that pass their checks.
         * @example "api"
         */
        readonly service: string;
        /**
         * Of an agent or a server.
         * @default "http://127.0.0.1:8500"
         */
        readonly url?: string | undefined;
        /**
         * Only instances with this tag.
         * @example "v2"
         */
        readonly tag?: string | undefined;
        /**
         * Another than the agent's own.
         * @example "eu-1"
         */
        readonly datacenter?: string | undefined;
        /**
         * Of the ACL; never shown.
         * @example "${file:/run/secrets/consul}"
         */
        readonly token?: string | undefined;
      } | undefined;
      /**
       * Keys of etcd.
       * @example {"prefix":"/services/api/"}
       */
      readonly etcd?: {
        /**
         * Each value below it is one target, or a list of them.
         * @example "/services/api/"
         */
        readonly prefix: string;
        /**
         * Of members; one of them is asked, another when it fails.
         * @default ["http://127.0.0.1:2379"]
         */
        readonly urls?: readonly string[] | undefined;
        /** Where etcd wants one. */
        readonly user?: string | undefined;
        /** Of `user`; never shown. */
        readonly password?: string | undefined;
      } | undefined;
      /**
       * Containers of a Docker engine.
       * @example {"upstream":"api"}
       */
      readonly docker?: {
        /**
         * Containers whose label `portward.upstream` has this value, with `portward.port` and others.
         * @example "api"
         */
        readonly upstream: string;
        /**
         * Of the engine.
         * @default "/var/run/docker.sock"
         */
        readonly socket?: string | undefined;
      } | undefined;
      /**
       * Ready endpoints of a service in Kubernetes.
       * @example {"service":"api","port":"http"}
       */
      readonly kubernetes?: {
        /**
         * Its ready endpoints.
         * @example "api"
         */
        readonly service: string;
        /**
         * That of the pod unless set.
         * @example "shop"
         */
        readonly namespace?: string | undefined;
        /**
         * Which port of the service; needed when it has several.
         * @example "http"
         * @example 3000
         */
        readonly port?: string | number | undefined;
        /**
         * Of the API; inside a cluster it is known.
         * @example "https://10.96.0.1"
         */
        readonly url?: string | undefined;
        /** Of a token, read again as it is renewed; the pod's own unless set. */
        readonly token_file?: string | undefined;
        /** Of the API's authority; the pod's own unless set. */
        readonly ca?: string | undefined;
      } | undefined;
      /**
       * Keys of Redis.
       * @example {"prefix":"services:api:"}
       */
      readonly redis?: {
        /**
         * Each value below it is one target, or a list of them.
         * @example "services:api:"
         */
        readonly prefix: string;
        /**
         * With user, password and database; `rediss://` for TLS. Never shown.
         * @default "redis://127.0.0.1:6379"
         */
        readonly url?: string | undefined;
        /**
         * How often keys are read where the server does not notify of them (`notify-keyspace-events`).
         * @default "30s"
         */
        readonly refresh?: string | Reference | undefined;
      } | undefined;
      /**
       * A bucket of NATS.
       * @example {"bucket":"services","prefix":"api."}
       */
      readonly nats?: {
        /**
         * Of the key-value store.
         * @example "services"
         */
        readonly bucket: string;
        /**
         * Each value below it is one target, or a list of them.
         * @default ""
         * @example "api."
         */
        readonly prefix?: string | undefined;
        /**
         * Any of a cluster.
         * @default ["nats://127.0.0.1:4222"]
         */
        readonly servers?: readonly string[] | undefined;
        /** Where the server wants one; never shown. */
        readonly token?: string | undefined;
      } | undefined;
      /**
       * How long the last good list holds while the source fails; `off`: for good.
       * @default "off"
       */
      readonly keep?: string | Reference | undefined;
    } | undefined;
    /**
     * How a target is chosen; the less busy of two (`p2c`) unless set.
     * @example "least_requests"
     * @example {"policy":"hash","by":"header","name":"x-user"}
     */
    readonly balance?: Balance | undefined;
    /**
     * How targets are looked at, whether they work; they are not unless set.
     * @example {"path":"/healthz","every":"5s"}
     */
    readonly health?: {
      /**
       * `http`: a request must be answered well; `tcp`: the target must accept; `grpc`: its health service must say SERVING.
       * @default "http"
       */
      readonly kind?: "http" | "tcp" | "grpc" | Reference | undefined;
      /**
       * `http`: path and query of the request; `/` unless set.
       * @example "/healthz"
       */
      readonly path?: string | undefined;
      /** `http`; `GET` unless set. */
      readonly method?: string | undefined;
      /** `http` and `grpc`: the request's Host; the target's own name and port unless set. */
      readonly host?: string | undefined;
      /**
       * `http`: further fields of the request.
       * @example {"accept":"text/plain"}
       */
      readonly headers?: { readonly [name: string]: string } | undefined;
      /**
       * `http`: those that are good; 200 to 399 unless set.
       * @example 200
       * @example ["200-299",404]
       */
      readonly statuses?: number | string | readonly (number | string)[] | undefined;
      /**
       * `http`: what must be found in the first 64 KiB of the answer.
       * @example "ok"
       * @example {"regex":"\"db\":\"up\""}
       */
      readonly body?: string | {
        /** RE2 syntax. */
        readonly regex: string;
      } | undefined;
      /**
       * `tcp`: what is sent first.
       * @example "PING\r\n"
       */
      readonly send?: string | undefined;
      /**
       * `tcp`: what the target must send.
       * @example "+PONG"
       */
      readonly expect?: string | undefined;
      /**
       * `grpc`: the service that is asked about; the server as a whole unless set.
       * @example "shop.Cart"
       */
      readonly service?: string | undefined;
      /** Where the target is looked at, if not where requests go. */
      readonly port?: number | Reference | undefined;
      /**
       * From one look to the next, a tenth more or less.
       * @default "10s"
       */
      readonly every?: string | Reference | undefined;
      /**
       * A look that takes longer has failed.
       * @default "2s"
       */
      readonly timeout?: string | Reference | undefined;
      /**
       * Successes in a row until a target that is down is up.
       * @default 2
       */
      readonly rise?: number | Reference | undefined;
      /**
       * Failures in a row until one that is up is down.
       * @default 3
       */
      readonly fall?: number | Reference | undefined;
    } | undefined;
    /**
     * When targets are taken out for how they answer; after 5 failures in a row unless set.
     * @example {"errors":"30%","latency":3}
     */
    readonly outliers?: "off" | {
      /**
       * Failures in a row, or `off`.
       * @default 5
       */
      readonly consecutive?: number | "off" | undefined;
      /**
       * Failures among the requests of a `window`.
       * @default "off"
       */
      readonly errors?: string | Reference | undefined;
      /**
       * How many times the group's median a target's answers may take on average, or `off`.
       * @default "off"
       */
      readonly latency?: number | "off" | undefined;
      /**
       * Answers that are failures, beside what fails without an answer.
       * @default [502,503,504]
       * @example [500,502,503,504]
       */
      readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
      /**
       * Of fewer requests within `window` nothing is concluded.
       * @default 20
       */
      readonly min_requests?: number | Reference | undefined;
      /**
       * Over how long requests are counted.
       * @default "10s"
       */
      readonly window?: string | Reference | undefined;
      /**
       * How long a target is out; twice as long each time.
       * @default "10s"
       */
      readonly eject?: string | Reference | undefined;
      /**
       * But never longer.
       * @default "5m"
       */
      readonly max_eject?: string | Reference | undefined;
      /**
       * Of the targets; never more are out at once.
       * @default "50%"
       */
      readonly max_ejected?: string | Reference | undefined;
    } | Reference | undefined;
    /**
     * How much is let through at all; no limit unless set.
     * @example {"requests_per_target":50,"queue":200,"errors":"50%"}
     */
    readonly breaker?: {
      /** Under way at once in the upstream, in all workers together. */
      readonly requests?: number | Reference | undefined;
      /** Under way at once at each target, from all workers together. */
      readonly requests_per_target?: number | Reference | undefined;
      /**
       * Learn from its latency how many requests at once are good for a target.
       * @default "off"
       */
      readonly adaptive?: boolean | "on" | "off" | Reference | undefined;
      /**
       * How many requests may wait while all targets are busy. Beyond: 503.
       * @default 0
       */
      readonly queue?: number | Reference | undefined;
      /** How long they wait; 1s unless set. Beyond: 503. */
      readonly queue_timeout?: string | Reference | undefined;
      /**
       * Failures within `window` that open the circuit of a target, or of the upstream. Beyond: 503.
       * @default "off"
       */
      readonly errors?: string | Reference | undefined;
      /** Answers that are failures; 500, 502, 503 and 504 unless set. */
      readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
      /** Of fewer requests within `window` nothing is concluded. 20 unless set. */
      readonly min_requests?: number | Reference | undefined;
      /** Over how long requests are counted. 10s unless set. */
      readonly window?: string | Reference | undefined;
      /** How long an open circuit lets nothing through; 5s unless set. */
      readonly open?: string | Reference | undefined;
      /** Then so many requests at a time are let through, and so many successes close it; 3 unless set. */
      readonly probes?: number | Reference | undefined;
    } | undefined;
    /**
     * What its targets speak: `http1` (default), or `h2` for HTTP/2, agreed on in the handshake where there is TLS and known beforehand where there is none; many requests share few connections. `auto`: what a target with TLS chooses, and HTTP/1.1 in the clear.
     * @default "http1"
     * @example "h2"
     */
    readonly protocol?: "http1" | "h2" | "auto" | Reference | undefined;
    /**
     * For targets that begin with `https://` or `tls://`.
     * @example {"ca":"/etc/tls/internal-ca.crt"}
     */
    readonly tls?: {
      /**
       * Who must have signed a target's certificate: PEM files. The CAs that browsers trust, unless set.
       * @example "ca.crt"
       */
      readonly ca?: string | readonly string[] | undefined;
      /**
       * Whom the certificate must name, and who is asked for; the target's host unless set.
       * @example "api.internal"
       */
      readonly server_name?: string | undefined;
      /** What is shown to targets that ask for a certificate. */
      readonly certificate?: {
        /** The certificate and those between it and its root, PEM, in any order. */
        readonly cert: string;
        /** Its private key, PEM. */
        readonly key: string;
        /**
         * Of an encrypted key; best as a reference.
         * @example "${file:/run/secrets/key}"
         */
        readonly passphrase?: string | undefined;
      } | undefined;
      /** SHA-256 of public keys (SPKI) in base64, one of which the certificate must have. */
      readonly pins?: readonly string[] | undefined;
      /**
       * Take whatever certificate is shown: anybody on the way may pass for the target.
       * @default false
       */
      readonly insecure_skip_verify?: boolean | "on" | "off" | Reference | undefined;
    } | undefined;
  } } | undefined;
  /** Which requests go where. */
  readonly routes?: readonly (HttpRoute | TcpRoute | TlsRoute)[] | undefined;
  /** The same as `routes`, under the original format's name. */
  readonly spec?: readonly (HttpRoute | TcpRoute | TlsRoute)[] | undefined;
  /** TLS on all listeners of this document: those it defines, and those its routes name. */
  readonly tls?: "internal" | {
    /**
     * `off`: as if `tls` were not there.
     * @default true
     */
    readonly enabled?: boolean | "on" | "off" | Reference | undefined;
    /**
     * Each client gets the one for the name it asks for; the first is the default. A name may have an ECDSA and an RSA one.
     * @example [{"cert":"/etc/tls/shop.crt","key":"/etc/tls/shop.key"}]
     */
    readonly certificates?: readonly ({
      /** The certificate and those between it and its root, PEM, in any order. */
      readonly cert: string;
      /** Its private key, PEM. */
      readonly key: string;
      /**
       * Of an encrypted key; best as a reference.
       * @example "${file:/run/secrets/key}"
       */
      readonly passphrase?: string | undefined;
    })[] | undefined;
    /**
     * Names whose certificates are obtained from the authority in `settings.acme`, and renewed, one for each name. They come after `certificates`.
     * @example ["shop.example","*.shop.example"]
     */
    readonly acme?: readonly string[] | undefined;
    /**
     * Names that `settings.acme.on_demand` allows get a certificate once a client has asked for them.
     * @default false
     */
    readonly on_demand?: boolean | "on" | "off" | Reference | undefined;
    /**
     * For development: an authority on this machine certifies the hosts of the listener's routes, `localhost` and its addresses. `portward cert trust` says how to trust it. They come last.
     * @default false
     */
    readonly internal?: boolean | "on" | "off" | Reference | undefined;
    /**
     * What a client gets that asks for another name, or for none: the first certificate, or an alert.
     * @default "default"
     */
    readonly unknown_name?: "default" | "refuse" | Reference | undefined;
    /**
     * Mozilla's: TLS 1.2 and 1.3 with sound ciphers, or TLS 1.3 alone.
     * @default "intermediate"
     */
    readonly profile?: "intermediate" | "modern" | Reference | undefined;
    /**
     * Whether clients may or must show a certificate.
     * @default "off"
     */
    readonly client_auth?: "off" | "request" | "require" | Reference | undefined;
    /**
     * Who must have signed it: PEM files.
     * @example "/etc/tls/clients-ca.crt"
     */
    readonly client_ca?: string | readonly string[] | undefined;
    /** Which of these are revoked: PEM files, one for each CA of the chain. */
    readonly client_crl?: string | readonly string[] | undefined;
    /**
     * Handshakes a second that one address may begin, at all workers together; twice as many at once. Beyond: closed.
     * @default "off"
     */
    readonly handshakes?: number | "off" | undefined;
    /**
     * Tells browsers to use HTTPS only (HSTS), and redirects what comes in at port 80.
     * @default false
     */
    readonly https_only?: boolean | "on" | "off" | {
      /**
       * The port of the same address that answers with redirects to this listener.
       * @default 80
       */
      readonly redirect_from?: number | Reference | undefined;
      /**
       * How long browsers are to use HTTPS only.
       * @default "8760h"
       */
      readonly max_age?: string | Reference | undefined;
      /**
       * Whether that holds for all names below, too.
       * @default false
       */
      readonly subdomains?: boolean | "on" | "off" | Reference | undefined;
      /**
       * Consent to being built into browsers, which is hard to undo.
       * @default false
       */
      readonly preload?: boolean | "on" | "off" | Reference | undefined;
    } | undefined;
  } | undefined;
  /** What requests must meet: asked before anything is served. */
  readonly tests?: readonly ({
    /** What the test is about. */
    readonly name?: string | undefined;
    /**
     * Method and URL; `GET` when there is no method.
     * @example "GET http://shop.example/api?page=2"
     */
    readonly request: string;
    /** Header fields of the request; a value or a list of values. */
    readonly headers?: { readonly [name: string]: string | readonly string[] } | undefined;
    /**
     * The client's address.
     * @example "192.0.2.1"
     */
    readonly from?: string | undefined;
    /** What must hold; what is left out is not asked. */
    readonly expect: {
      /**
       * The label of the route.
       * @example "shop/0"
       */
      readonly route?: string | undefined;
      /** The label of a route that must not take this request. */
      readonly not_route?: string | undefined;
      /** The name of the upstream; of a route's own targets, the route's label. */
      readonly upstream?: string | undefined;
      /** `Host` as sent upstream. */
      readonly host?: string | undefined;
      /**
       * Path and query as sent upstream.
       * @example "/users?page=2"
       */
      readonly path?: string | undefined;
      /**
       * Header fields as sent upstream; `null` for one that must not be sent.
       * @example {"x-forwarded-proto":"http","x-secret":null}
       */
      readonly headers?: { readonly [name: string]: string | {
        /** RE2 syntax, found anywhere in the value. */
        readonly regex?: string | undefined;
        /** Any value will do. */
        readonly present?: true | undefined;
      } | null } | undefined;
      /** The `Location` of a redirect. */
      readonly redirect?: string | undefined;
      /** The status, when the proxy answers itself. */
      readonly status?: number | Reference | undefined;
    };
  })[] | undefined;
}

export type AccessLog = string | {
  /**
   * Where lines go.
   * @example "/var/log/portward/access.log"
   * @example "stdout"
   * @example "syslog+udp://10.0.0.1:514"
   */
  readonly to: string;
  /**
   * How a line looks.
   * @default "json"
   * @example "json"
   * @example "combined"
   * @example "{client} \"{method} {path}\" {status} {total_ms}"
   */
  readonly format?: string | undefined;
  /**
   * Header fields of the request whose values are shown, in `json`.
   * @example ["user-agent"]
   */
  readonly request_headers?: readonly string[] | undefined;
  /**
   * Header fields of the answer whose values are shown, in `json`.
   * @example ["user-agent"]
   */
  readonly response_headers?: readonly string[] | undefined;
  /**
   * Only exchanges of these routes.
   * @example ["shop/0","api/*"]
   */
  readonly routes?: readonly string[] | undefined;
  /**
   * Only answers with these.
   * @example ["5xx","404","400-499"]
   */
  readonly status?: readonly (string | number)[] | undefined;
  /** The share of the lines that is written, from 0 to 1. */
  readonly sample?: number | Reference | undefined;
  /** What takes so long is written whatever `status` and `sample` say. */
  readonly slow?: string | Reference | undefined;
  /** Whether failures are written whatever they say. `on` unless set. */
  readonly errors?: boolean | "on" | "off" | Reference | undefined;
  /** Start new files, and remove old ones. */
  readonly rotate?: {
    /** Start a new file before this one grows beyond this. */
    readonly size?: string | Reference | undefined;
    /** Start a new file when this one is so old, with its next line. */
    readonly age?: string | Reference | undefined;
    /**
     * How many old files are kept beside the one written to.
     * @default 7
     */
    readonly keep?: number | Reference | undefined;
    /**
     * Compress old files.
     * @default "off"
     */
    readonly gzip?: boolean | "on" | "off" | Reference | undefined;
  } | undefined;
  /** What a syslog server is told beside the line. */
  readonly syslog?: {
    /**
     * The facility of RFC 5424.
     * @default "local7"
     */
    readonly facility?: "kern" | "user" | "mail" | "daemon" | "auth" | "syslog" | "lpr" | "news" | "uucp" | "cron" | "authpriv" | "ftp" | "local0" | "local1" | "local2" | "local3" | "local4" | "local5" | "local6" | "local7" | Reference | undefined;
    /**
     * Who speaks, for the server.
     * @default "portward"
     */
    readonly app_name?: string | undefined;
  } | undefined;
};

export type Target = string | {
  /** Name or IP address. */
  readonly host?: string | undefined;
  /** 1 to 65535. */
  readonly port?: number | Reference | undefined;
  /** A Unix socket, instead of host and port. */
  readonly unix?: string | undefined;
  /**
   * Speak TLS to it, as `https://` and `tls://` do.
   * @default false
   */
  readonly tls?: boolean | "on" | "off" | Reference | undefined;
  /**
   * Share of the requests; 0 drains the target.
   * @default 1
   */
  readonly weight?: number | Reference | undefined;
  /**
   * Its tier: a higher number is used when too little of the lower ones is healthy.
   * @default 0
   */
  readonly priority?: number | Reference | undefined;
  /**
   * Where it is; see `zone` of `balance`.
   * @example "eu-1a"
   */
  readonly zone?: string | undefined;
};

export type Balance = "p2c" | "random" | "round_robin" | "least_requests" | "least_latency" | "hash" | "maglev" | "sticky" | {
  /**
   * How one is chosen.
   * @default "p2c"
   */
  readonly policy?: "p2c" | "random" | "round_robin" | "least_requests" | "least_latency" | "hash" | "maglev" | "sticky" | Reference | undefined;
  /** `hash` and `maglev`: what like requests have in common. */
  readonly by?: "source" | "header" | "cookie" | "query" | "path" | Reference | undefined;
  /**
   * Of the header, cookie or query parameter; of the cookie that `sticky` sets.
   * @example "x-user"
   */
  readonly name?: string | undefined;
  /**
   * `hash`: how much of its share of the requests under way a target takes, or `off`.
   * @example "125%"
   */
  readonly max_load?: string | Reference | undefined;
  /**
   * `sticky`: signs the cookie; the same in all instances, and after a restart.
   * @example "${COOKIE_KEY}"
   */
  readonly secret?: string | Reference | undefined;
  /** `sticky`: how long a client keeps the cookie; until it is closed unless set. */
  readonly max_age?: string | Reference | undefined;
  /** `sticky`: the cookie is for https alone. `off` unless set. */
  readonly secure?: boolean | "on" | "off" | Reference | undefined;
  /** `sticky`: the policy for clients without a cookie, or whose target is out; `p2c` unless set. */
  readonly fallback?: "p2c" | "random" | "round_robin" | "least_requests" | "least_latency" | Reference | undefined;
  /** How long a target that is new or has come back takes to its full share. */
  readonly slow_start?: string | Reference | undefined;
  /**
   * A tier (`priority`) or zone of which less is healthy is not relied upon.
   * @default "50%"
   */
  readonly failover_below?: string | Reference | undefined;
  /**
   * Where this proxy is: targets with that `zone` are preferred.
   * @example "eu-1a"
   * @example "${ZONE}"
   */
  readonly zone?: string | undefined;
} | Reference;

export interface HttpRoute {
  /**
   * What is spoken: `http` (default), `tcp` or `tls`.
   * @default "http"
   */
  readonly kind?: "http" | undefined;
  /**
   * Where the route's connections come in.
   * @example 5000
   * @example "127.0.0.1:5000"
   * @example ["web",5001]
   */
  readonly listen: number | string | readonly (number | string)[];
  /**
   * Where requests go; they belong to this route alone.
   * @example ["10.0.0.1:3000",{"host":"10.0.0.2","port":3000,"weight":2}]
   */
  readonly targets?: readonly Target[] | undefined;
  /**
   * A name from `upstreams`, instead of `targets`.
   * @example "api"
   */
  readonly upstream?: string | undefined;
  /**
   * How a target is chosen; the less busy of two (`p2c`) unless set.
   * @example "least_requests"
   * @example {"policy":"hash","by":"header","name":"x-user"}
   */
  readonly balance?: Balance | undefined;
  /**
   * How targets are looked at, whether they work; they are not unless set.
   * @example {"path":"/healthz","every":"5s"}
   */
  readonly health?: {
    /**
     * `http`: a request must be answered well; `tcp`: the target must accept; `grpc`: its health service must say SERVING.
     * @default "http"
     */
    readonly kind?: "http" | "tcp" | "grpc" | Reference | undefined;
    /**
     * `http`: path and query of the request; `/` unless set.
     * @example "/healthz"
     */
    readonly path?: string | undefined;
    /** `http`; `GET` unless set. */
    readonly method?: string | undefined;
    /** `http` and `grpc`: the request's Host; the target's own name and port unless set. */
    readonly host?: string | undefined;
    /**
     * `http`: further fields of the request.
     * @example {"accept":"text/plain"}
     */
    readonly headers?: { readonly [name: string]: string } | undefined;
    /**
     * `http`: those that are good; 200 to 399 unless set.
     * @example 200
     * @example ["200-299",404]
     */
    readonly statuses?: number | string | readonly (number | string)[] | undefined;
    /**
     * `http`: what must be found in the first 64 KiB of the answer.
     * @example "ok"
     * @example {"regex":"\"db\":\"up\""}
     */
    readonly body?: string | {
      /** RE2 syntax. */
      readonly regex: string;
    } | undefined;
    /**
     * `tcp`: what is sent first.
     * @example "PING\r\n"
     */
    readonly send?: string | undefined;
    /**
     * `tcp`: what the target must send.
     * @example "+PONG"
     */
    readonly expect?: string | undefined;
    /**
     * `grpc`: the service that is asked about; the server as a whole unless set.
     * @example "shop.Cart"
     */
    readonly service?: string | undefined;
    /** Where the target is looked at, if not where requests go. */
    readonly port?: number | Reference | undefined;
    /**
     * From one look to the next, a tenth more or less.
     * @default "10s"
     */
    readonly every?: string | Reference | undefined;
    /**
     * A look that takes longer has failed.
     * @default "2s"
     */
    readonly timeout?: string | Reference | undefined;
    /**
     * Successes in a row until a target that is down is up.
     * @default 2
     */
    readonly rise?: number | Reference | undefined;
    /**
     * Failures in a row until one that is up is down.
     * @default 3
     */
    readonly fall?: number | Reference | undefined;
  } | undefined;
  /**
   * When targets are taken out for how they answer; after 5 failures in a row unless set.
   * @example {"errors":"30%","latency":3}
   */
  readonly outliers?: "off" | {
    /**
     * Failures in a row, or `off`.
     * @default 5
     */
    readonly consecutive?: number | "off" | undefined;
    /**
     * Failures among the requests of a `window`.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /**
     * How many times the group's median a target's answers may take on average, or `off`.
     * @default "off"
     */
    readonly latency?: number | "off" | undefined;
    /**
     * Answers that are failures, beside what fails without an answer.
     * @default [502,503,504]
     * @example [500,502,503,504]
     */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /**
     * Of fewer requests within `window` nothing is concluded.
     * @default 20
     */
    readonly min_requests?: number | Reference | undefined;
    /**
     * Over how long requests are counted.
     * @default "10s"
     */
    readonly window?: string | Reference | undefined;
    /**
     * How long a target is out; twice as long each time.
     * @default "10s"
     */
    readonly eject?: string | Reference | undefined;
    /**
     * But never longer.
     * @default "5m"
     */
    readonly max_eject?: string | Reference | undefined;
    /**
     * Of the targets; never more are out at once.
     * @default "50%"
     */
    readonly max_ejected?: string | Reference | undefined;
  } | Reference | undefined;
  /**
   * How much is let through at all; no limit unless set.
   * @example {"requests_per_target":50,"queue":200,"errors":"50%"}
   */
  readonly breaker?: {
    /** Under way at once in the upstream, in all workers together. */
    readonly requests?: number | Reference | undefined;
    /** Under way at once at each target, from all workers together. */
    readonly requests_per_target?: number | Reference | undefined;
    /**
     * Learn from its latency how many requests at once are good for a target.
     * @default "off"
     */
    readonly adaptive?: boolean | "on" | "off" | Reference | undefined;
    /**
     * How many requests may wait while all targets are busy. Beyond: 503.
     * @default 0
     */
    readonly queue?: number | Reference | undefined;
    /** How long they wait; 1s unless set. Beyond: 503. */
    readonly queue_timeout?: string | Reference | undefined;
    /**
     * Failures within `window` that open the circuit of a target, or of the upstream. Beyond: 503.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /** Answers that are failures; 500, 502, 503 and 504 unless set. */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /** Of fewer requests within `window` nothing is concluded. 20 unless set. */
    readonly min_requests?: number | Reference | undefined;
    /** Over how long requests are counted. 10s unless set. */
    readonly window?: string | Reference | undefined;
    /** How long an open circuit lets nothing through; 5s unless set. */
    readonly open?: string | Reference | undefined;
    /** Then so many requests at a time are let through, and so many successes close it; 3 unless set. */
    readonly probes?: number | Reference | undefined;
  } | undefined;
  /**
   * What `targets` speak: `http1` (default), `h2` or `auto`.
   * @example "h2"
   */
  readonly protocol?: "http1" | "h2" | "auto" | Reference | undefined;
  /**
   * Host names; `*.shop.example` stands for one or more labels. Any, unless set.
   * @example "shop.example"
   * @example ["shop.example","*.shop.example"]
   */
  readonly host?: string | readonly string[] | undefined;
  /**
   * A prefix by whole segments, `{ exact }` or `{ regex }`; `{id}` captures a segment.
   * @example "/api"
   * @example "/users/{id}"
   * @example {"exact":"/login"}
   * @example {"regex":"^/v(?<v>\\d+)/"}
   */
  readonly path?: string | {
    /** The whole path. */
    readonly exact?: string | undefined;
    /** RE2 syntax; named groups are captures. */
    readonly regex?: string | undefined;
  } | undefined;
  /**
   * Methods. Any, unless set.
   * @example "GET"
   * @example ["GET","HEAD"]
   */
  readonly methods?: string | readonly string[] | undefined;
  /**
   * Header fields that must hold.
   * @example {"x-canary":"1","accept":{"regex":"json"}}
   */
  readonly headers?: { readonly [name: string]: string | {
    /** RE2 syntax, found anywhere in the value. */
    readonly regex?: string | undefined;
    /** Any value will do. */
    readonly present?: true | undefined;
  } } | undefined;
  /**
   * Query parameters that must hold.
   * @example {"debug":"1","token":{"present":true}}
   */
  readonly query?: { readonly [name: string]: string | {
    /** RE2 syntax, found anywhere in the value. */
    readonly regex?: string | undefined;
    /** Any value will do. */
    readonly present?: true | undefined;
  } } | undefined;
  /**
   * Calls of gRPC by service and method, instead of `path` and `methods`.
   * @example {"service":"helloworld.Greeter"}
   * @example {"service":"helloworld.Greeter","method":"SayHello"}
   */
  readonly grpc?: {
    /** With its package. */
    readonly service: string;
    /** All methods, unless set. */
    readonly method?: string | undefined;
  } | undefined;
  /**
   * How the path changes on its way upstream.
   * @example "/"
   * @example "/v2/people/{id}"
   * @example {"regex":"/mail$","to":"/inbox"}
   * @example {"full":"/people?id={id}"}
   */
  readonly rewrite?: string | {
    /** What is replaced; RE2 syntax. */
    readonly regex?: string | undefined;
    /** What takes its place; `$1` and `${name}` stand for groups. */
    readonly to?: string | undefined;
    /** The whole new path; `{name}` for captures. */
    readonly full?: string | undefined;
  } | undefined;
  /**
   * Answer with a redirect, instead of `targets`.
   * @example {"to":"https://{host}{path}","status":308}
   */
  readonly redirect?: {
    /**
     * A URL or a path; captures, `{host}`, `{path}` and `{query}` may be used.
     * @example "https://{host}{path}"
     * @example "/articles/{slug}"
     */
    readonly to: string;
    /**
     * 301 and 308 are remembered by browsers.
     * @default 302
     */
    readonly status?: 301 | 302 | 303 | 307 | 308 | Reference | undefined;
  } | undefined;
  /**
   * Answer with a fixed text, instead of `targets`.
   * @example {"status":200,"body":"fine\n"}
   */
  readonly respond?: {
    /**
     * 200 to 599.
     * @default 200
     */
    readonly status?: number | Reference | undefined;
    /** Header fields of the answer; a value or a list of values. */
    readonly headers?: { readonly [name: string]: string | readonly string[] } | undefined;
    /**
     * The text of the answer.
     * @default ""
     */
    readonly body?: string | undefined;
  } | undefined;
  /**
   * Over `settings.timeouts`.
   * @example {"response":"5m","idle":"off"}
   */
  readonly timeouts?: {
    /** Connecting to a target, TLS included. Beyond: 504. */
    readonly connect?: string | Reference | undefined;
    /** Between two pieces of a request body. Beyond: 408. */
    readonly body?: string | Reference | undefined;
    /** From the end of the request to the head of the answer. Beyond: 504. */
    readonly response?: string | Reference | undefined;
    /** Without a byte in either direction: the body of an answer, a tunnel. 10m on tcp routes unless set. */
    readonly idle?: string | Reference | undefined;
    /** From the head of a request to the end of its answer, attempts and pauses included. Beyond: 504. */
    readonly total?: string | Reference | undefined;
  } | undefined;
  /**
   * Over `settings.retry`: when a request is sent again.
   * @example {"after":["reset"],"statuses":[503]}
   * @example "off"
   */
  readonly retry?: "off" | {
    /** Attempts in all, the first included. Targets that do not accept count once together. */
    readonly attempts?: number | Reference | undefined;
    /**
     * After what: no target accepted, the connection ended before the answer began, the target refused the stream, no head of an answer in time, an answer that breaks a rule of HTTP.
     * @example ["connect","reset","timeout"]
     */
    readonly after?: "connect" | "reset" | "refused_stream" | "timeout" | "malformed" | readonly ("connect" | "reset" | "refused_stream" | "timeout" | "malformed" | Reference)[] | Reference | undefined;
    /**
     * Answers that count as failures while another attempt is allowed.
     * @example 503
     * @example [502,503,504]
     */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /**
     * Which requests may be sent again once a target may have seen them: `idempotent` (RFC 9110 section 9.2.2), `any`, or a list.
     * @example "idempotent"
     * @example ["GET","POST"]
     */
    readonly methods?: string | readonly string[] | undefined;
    /** So much of a request's body is kept to be sent again; a longer one, or any with `off`, is sent once. */
    readonly body?: string | Reference | undefined;
    /** From the end of the request to the head of the answer, for each attempt. `timeouts.response` holds as well. */
    readonly per_try?: string | Reference | undefined;
    /** The pause before the second attempt; doubled before each further one. */
    readonly backoff?: string | Reference | undefined;
    /** The longest pause. */
    readonly max_backoff?: string | Reference | undefined;
    /**
     * Repetitions for each request to the upstream, on average over all of them: an upstream that fails altogether is never asked much more often than that.
     * @example "20%"
     */
    readonly budget?: string | Reference | undefined;
  } | undefined;
  /**
   * Other upstreams that take a share of the requests: the same users each time, with `by`.
   * @example {"to":{"canary":"1%"}}
   * @example {"to":{"canary":"10%"},"by":"cookie","name":"session"}
   */
  readonly split?: {
    /**
     * Names from `upstreams`, each with its share; the rest goes where the route says.
     * @example {"canary":"1%"}
     */
    readonly to: { readonly [name: string]: string | Reference };
    /** What requests that go the same way have in common. Without it, and for requests that have none, it is drawn. */
    readonly by?: "source" | "header" | "cookie" | "query" | "path" | Reference | undefined;
    /**
     * Of the header, cookie or query parameter.
     * @example "session"
     */
    readonly name?: string | undefined;
  } | undefined;
  /**
   * Upstreams that get a copy of the requests; their answers are thrown away.
   * @example {"upstream":"shadow","share":"10%"}
   */
  readonly mirror?: {
    /**
     * A name from `upstreams`.
     * @example "shadow"
     */
    readonly upstream: string;
    /**
     * Of the requests that are copied.
     * @default "100%"
     */
    readonly share?: string | Reference | undefined;
    /**
     * Requests with a longer body are not copied; with `off`, none that has one.
     * @default "64KiB"
     */
    readonly body?: string | Reference | undefined;
  } | readonly ({
    /**
     * A name from `upstreams`.
     * @example "shadow"
     */
    readonly upstream: string;
    /**
     * Of the requests that are copied.
     * @default "100%"
     */
    readonly share?: string | Reference | undefined;
    /**
     * Requests with a longer body are not copied; with `off`, none that has one.
     * @default "64KiB"
     */
    readonly body?: string | Reference | undefined;
  })[] | undefined;
  /**
   * A second attempt at another target when the first is slow; the first answer counts. Idempotent requests only.
   * @example {"after":"p95","budget":"5%"}
   */
  readonly hedge?: {
    /**
     * After so long without an answer; `p95`: after the time within which 95 % of the upstream's answers begin, which must be known from some of them first.
     * @default "p95"
     * @example "p95"
     * @example "200ms"
     */
    readonly after?: string | undefined;
    /**
     * Second attempts for each request to the upstream, on average over all of them.
     * @default "5%"
     * @example "5%"
     */
    readonly budget?: string | Reference | undefined;
  } | undefined;
  /**
   * What is done with requests and answers on their way. `grpc_web` makes calls of gRPC of those of browsers.
   * @example ["grpc_web"]
   * @example [{"grpc_web":{"origins":["https://app.example"]}}]
   */
  readonly filters?: readonly ("grpc_web" | {
    /**
     * Calls of gRPC-Web become calls of gRPC, for targets that speak that.
     * @example {"origins":["https://app.example"]}
     */
    readonly grpc_web: {
      /**
       * Whose pages may call: preflights from there are answered here, and answers say so. Without it nothing is said of origins but what the target says.
       * @example ["https://app.example"]
       * @example "*"
       */
      readonly origins?: string | readonly string[] | undefined;
      /**
       * Whether such calls may come with cookies and the like; not with `*`.
       * @default "off"
       */
      readonly credentials?: boolean | "on" | "off" | Reference | undefined;
    };
  })[] | undefined;
  /**
   * Over `settings.limits`.
   * @example {"body":"2GiB"}
   */
  readonly limits?: {
    /** The body of a request, or `off`. Beyond: 413. */
    readonly body?: string | Reference | undefined;
    /** All chunk extensions of one body. Beyond: 400. */
    readonly chunk_extensions?: string | Reference | undefined;
    /** Bytes a second that a body must move in either direction, averaged over `min_rate_window`, or `off`. */
    readonly min_rate?: string | Reference | undefined;
    /** Over how long `min_rate` is averaged. */
    readonly min_rate_window?: string | Reference | undefined;
  } | undefined;
}

export interface TcpRoute {
  /** A tunnel of bytes. */
  readonly kind: "tcp";
  /**
   * Where the route's connections come in.
   * @example 5000
   * @example "127.0.0.1:5000"
   * @example ["web",5001]
   */
  readonly listen: number | string | readonly (number | string)[];
  /**
   * Where requests go; they belong to this route alone.
   * @example ["10.0.0.1:3000",{"host":"10.0.0.2","port":3000,"weight":2}]
   */
  readonly targets?: readonly Target[] | undefined;
  /**
   * A name from `upstreams`, instead of `targets`.
   * @example "api"
   */
  readonly upstream?: string | undefined;
  /**
   * How a target is chosen; the less busy of two (`p2c`) unless set.
   * @example "least_requests"
   * @example {"policy":"hash","by":"header","name":"x-user"}
   */
  readonly balance?: Balance | undefined;
  /**
   * How targets are looked at, whether they work; they are not unless set.
   * @example {"path":"/healthz","every":"5s"}
   */
  readonly health?: {
    /**
     * `http`: a request must be answered well; `tcp`: the target must accept; `grpc`: its health service must say SERVING.
     * @default "http"
     */
    readonly kind?: "http" | "tcp" | "grpc" | Reference | undefined;
    /**
     * `http`: path and query of the request; `/` unless set.
     * @example "/healthz"
     */
    readonly path?: string | undefined;
    /** `http`; `GET` unless set. */
    readonly method?: string | undefined;
    /** `http` and `grpc`: the request's Host; the target's own name and port unless set. */
    readonly host?: string | undefined;
    /**
     * `http`: further fields of the request.
     * @example {"accept":"text/plain"}
     */
    readonly headers?: { readonly [name: string]: string } | undefined;
    /**
     * `http`: those that are good; 200 to 399 unless set.
     * @example 200
     * @example ["200-299",404]
     */
    readonly statuses?: number | string | readonly (number | string)[] | undefined;
    /**
     * `http`: what must be found in the first 64 KiB of the answer.
     * @example "ok"
     * @example {"regex":"\"db\":\"up\""}
     */
    readonly body?: string | {
      /** RE2 syntax. */
      readonly regex: string;
    } | undefined;
    /**
     * `tcp`: what is sent first.
     * @example "PING\r\n"
     */
    readonly send?: string | undefined;
    /**
     * `tcp`: what the target must send.
     * @example "+PONG"
     */
    readonly expect?: string | undefined;
    /**
     * `grpc`: the service that is asked about; the server as a whole unless set.
     * @example "shop.Cart"
     */
    readonly service?: string | undefined;
    /** Where the target is looked at, if not where requests go. */
    readonly port?: number | Reference | undefined;
    /**
     * From one look to the next, a tenth more or less.
     * @default "10s"
     */
    readonly every?: string | Reference | undefined;
    /**
     * A look that takes longer has failed.
     * @default "2s"
     */
    readonly timeout?: string | Reference | undefined;
    /**
     * Successes in a row until a target that is down is up.
     * @default 2
     */
    readonly rise?: number | Reference | undefined;
    /**
     * Failures in a row until one that is up is down.
     * @default 3
     */
    readonly fall?: number | Reference | undefined;
  } | undefined;
  /**
   * When targets are taken out for how they answer; after 5 failures in a row unless set.
   * @example {"errors":"30%","latency":3}
   */
  readonly outliers?: "off" | {
    /**
     * Failures in a row, or `off`.
     * @default 5
     */
    readonly consecutive?: number | "off" | undefined;
    /**
     * Failures among the requests of a `window`.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /**
     * How many times the group's median a target's answers may take on average, or `off`.
     * @default "off"
     */
    readonly latency?: number | "off" | undefined;
    /**
     * Answers that are failures, beside what fails without an answer.
     * @default [502,503,504]
     * @example [500,502,503,504]
     */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /**
     * Of fewer requests within `window` nothing is concluded.
     * @default 20
     */
    readonly min_requests?: number | Reference | undefined;
    /**
     * Over how long requests are counted.
     * @default "10s"
     */
    readonly window?: string | Reference | undefined;
    /**
     * How long a target is out; twice as long each time.
     * @default "10s"
     */
    readonly eject?: string | Reference | undefined;
    /**
     * But never longer.
     * @default "5m"
     */
    readonly max_eject?: string | Reference | undefined;
    /**
     * Of the targets; never more are out at once.
     * @default "50%"
     */
    readonly max_ejected?: string | Reference | undefined;
  } | Reference | undefined;
  /**
   * How much is let through at all; no limit unless set.
   * @example {"requests_per_target":50,"queue":200,"errors":"50%"}
   */
  readonly breaker?: {
    /** Under way at once in the upstream, in all workers together. */
    readonly requests?: number | Reference | undefined;
    /** Under way at once at each target, from all workers together. */
    readonly requests_per_target?: number | Reference | undefined;
    /**
     * Learn from its latency how many requests at once are good for a target.
     * @default "off"
     */
    readonly adaptive?: boolean | "on" | "off" | Reference | undefined;
    /**
     * How many requests may wait while all targets are busy. Beyond: 503.
     * @default 0
     */
    readonly queue?: number | Reference | undefined;
    /** How long they wait; 1s unless set. Beyond: 503. */
    readonly queue_timeout?: string | Reference | undefined;
    /**
     * Failures within `window` that open the circuit of a target, or of the upstream. Beyond: 503.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /** Answers that are failures; 500, 502, 503 and 504 unless set. */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /** Of fewer requests within `window` nothing is concluded. 20 unless set. */
    readonly min_requests?: number | Reference | undefined;
    /** Over how long requests are counted. 10s unless set. */
    readonly window?: string | Reference | undefined;
    /** How long an open circuit lets nothing through; 5s unless set. */
    readonly open?: string | Reference | undefined;
    /** Then so many requests at a time are let through, and so many successes close it; 3 unless set. */
    readonly probes?: number | Reference | undefined;
  } | undefined;
  /** `connect` and `idle`; `idle` is 10m unless set. */
  readonly timeouts?: {
    /** Connecting to a target, TLS included. Beyond: 504. */
    readonly connect?: string | Reference | undefined;
    /** Without a byte in either direction: the body of an answer, a tunnel. 10m on tcp routes unless set. */
    readonly idle?: string | Reference | undefined;
  } | undefined;
  /** How long a client is held while no target accepts. */
  readonly reconnect?: {
    /**
     * The pause between two rounds over all targets.
     * @default "10s"
     */
    readonly every?: string | Reference | undefined;
    /**
     * After so many rounds the client is closed.
     * @default 10
     */
    readonly attempts?: number | Reference | undefined;
  } | undefined;
  /**
   * Tell the target who the client is, in a header before its bytes.
   * @default "off"
   */
  readonly proxy_protocol?: "off" | "v1" | "v2" | Reference | undefined;
}

export interface TlsRoute {
  /** A tunnel of bytes that are TLS from end to end: nothing is decrypted. */
  readonly kind: "tls";
  /**
   * Where the route's connections come in.
   * @example 5000
   * @example "127.0.0.1:5000"
   * @example ["web",5001]
   */
  readonly listen: number | string | readonly (number | string)[];
  /**
   * Where requests go; they belong to this route alone.
   * @example ["10.0.0.1:3000",{"host":"10.0.0.2","port":3000,"weight":2}]
   */
  readonly targets?: readonly Target[] | undefined;
  /**
   * A name from `upstreams`, instead of `targets`.
   * @example "api"
   */
  readonly upstream?: string | undefined;
  /**
   * How a target is chosen; the less busy of two (`p2c`) unless set.
   * @example "least_requests"
   * @example {"policy":"hash","by":"header","name":"x-user"}
   */
  readonly balance?: Balance | undefined;
  /**
   * How targets are looked at, whether they work; they are not unless set.
   * @example {"path":"/healthz","every":"5s"}
   */
  readonly health?: {
    /**
     * `http`: a request must be answered well; `tcp`: the target must accept; `grpc`: its health service must say SERVING.
     * @default "http"
     */
    readonly kind?: "http" | "tcp" | "grpc" | Reference | undefined;
    /**
     * `http`: path and query of the request; `/` unless set.
     * @example "/healthz"
     */
    readonly path?: string | undefined;
    /** `http`; `GET` unless set. */
    readonly method?: string | undefined;
    /** `http` and `grpc`: the request's Host; the target's own name and port unless set. */
    readonly host?: string | undefined;
    /**
     * `http`: further fields of the request.
     * @example {"accept":"text/plain"}
     */
    readonly headers?: { readonly [name: string]: string } | undefined;
    /**
     * `http`: those that are good; 200 to 399 unless set.
     * @example 200
     * @example ["200-299",404]
     */
    readonly statuses?: number | string | readonly (number | string)[] | undefined;
    /**
     * `http`: what must be found in the first 64 KiB of the answer.
     * @example "ok"
     * @example {"regex":"\"db\":\"up\""}
     */
    readonly body?: string | {
      /** RE2 syntax. */
      readonly regex: string;
    } | undefined;
    /**
     * `tcp`: what is sent first.
     * @example "PING\r\n"
     */
    readonly send?: string | undefined;
    /**
     * `tcp`: what the target must send.
     * @example "+PONG"
     */
    readonly expect?: string | undefined;
    /**
     * `grpc`: the service that is asked about; the server as a whole unless set.
     * @example "shop.Cart"
     */
    readonly service?: string | undefined;
    /** Where the target is looked at, if not where requests go. */
    readonly port?: number | Reference | undefined;
    /**
     * From one look to the next, a tenth more or less.
     * @default "10s"
     */
    readonly every?: string | Reference | undefined;
    /**
     * A look that takes longer has failed.
     * @default "2s"
     */
    readonly timeout?: string | Reference | undefined;
    /**
     * Successes in a row until a target that is down is up.
     * @default 2
     */
    readonly rise?: number | Reference | undefined;
    /**
     * Failures in a row until one that is up is down.
     * @default 3
     */
    readonly fall?: number | Reference | undefined;
  } | undefined;
  /**
   * When targets are taken out for how they answer; after 5 failures in a row unless set.
   * @example {"errors":"30%","latency":3}
   */
  readonly outliers?: "off" | {
    /**
     * Failures in a row, or `off`.
     * @default 5
     */
    readonly consecutive?: number | "off" | undefined;
    /**
     * Failures among the requests of a `window`.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /**
     * How many times the group's median a target's answers may take on average, or `off`.
     * @default "off"
     */
    readonly latency?: number | "off" | undefined;
    /**
     * Answers that are failures, beside what fails without an answer.
     * @default [502,503,504]
     * @example [500,502,503,504]
     */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /**
     * Of fewer requests within `window` nothing is concluded.
     * @default 20
     */
    readonly min_requests?: number | Reference | undefined;
    /**
     * Over how long requests are counted.
     * @default "10s"
     */
    readonly window?: string | Reference | undefined;
    /**
     * How long a target is out; twice as long each time.
     * @default "10s"
     */
    readonly eject?: string | Reference | undefined;
    /**
     * But never longer.
     * @default "5m"
     */
    readonly max_eject?: string | Reference | undefined;
    /**
     * Of the targets; never more are out at once.
     * @default "50%"
     */
    readonly max_ejected?: string | Reference | undefined;
  } | Reference | undefined;
  /**
   * How much is let through at all; no limit unless set.
   * @example {"requests_per_target":50,"queue":200,"errors":"50%"}
   */
  readonly breaker?: {
    /** Under way at once in the upstream, in all workers together. */
    readonly requests?: number | Reference | undefined;
    /** Under way at once at each target, from all workers together. */
    readonly requests_per_target?: number | Reference | undefined;
    /**
     * Learn from its latency how many requests at once are good for a target.
     * @default "off"
     */
    readonly adaptive?: boolean | "on" | "off" | Reference | undefined;
    /**
     * How many requests may wait while all targets are busy. Beyond: 503.
     * @default 0
     */
    readonly queue?: number | Reference | undefined;
    /** How long they wait; 1s unless set. Beyond: 503. */
    readonly queue_timeout?: string | Reference | undefined;
    /**
     * Failures within `window` that open the circuit of a target, or of the upstream. Beyond: 503.
     * @default "off"
     */
    readonly errors?: string | Reference | undefined;
    /** Answers that are failures; 500, 502, 503 and 504 unless set. */
    readonly statuses?: number | readonly (number | Reference)[] | Reference | undefined;
    /** Of fewer requests within `window` nothing is concluded. 20 unless set. */
    readonly min_requests?: number | Reference | undefined;
    /** Over how long requests are counted. 10s unless set. */
    readonly window?: string | Reference | undefined;
    /** How long an open circuit lets nothing through; 5s unless set. */
    readonly open?: string | Reference | undefined;
    /** Then so many requests at a time are let through, and so many successes close it; 3 unless set. */
    readonly probes?: number | Reference | undefined;
  } | undefined;
  /**
   * The names that clients ask for; `*.shop.example` stands for one or more labels. Any, unless set.
   * @example "db.example"
   * @example ["db.example","*.db.example"]
   */
  readonly host?: string | readonly string[] | undefined;
  /**
   * Protocols, one of which the client must offer. Any, unless set.
   * @example "postgresql"
   * @example ["h2"]
   */
  readonly alpn?: string | readonly string[] | undefined;
  /** `connect` and `idle`; `idle` is 10m unless set. */
  readonly timeouts?: {
    /** Connecting to a target, TLS included. Beyond: 504. */
    readonly connect?: string | Reference | undefined;
    /** Without a byte in either direction: the body of an answer, a tunnel. 10m on tcp routes unless set. */
    readonly idle?: string | Reference | undefined;
  } | undefined;
  /** How long a client is held while no target accepts. */
  readonly reconnect?: {
    /**
     * The pause between two rounds over all targets.
     * @default "10s"
     */
    readonly every?: string | Reference | undefined;
    /**
     * After so many rounds the client is closed.
     * @default 10
     */
    readonly attempts?: number | Reference | undefined;
  } | undefined;
  /**
   * Tell the target who the client is, in a header before its bytes.
   * @default "off"
   */
  readonly proxy_protocol?: "off" | "v1" | "v2" | Reference | undefined;
}
