/**
 * Every metric that is shown, in the order in which it is shown: names, units and meanings. docs/metrics.md is made
 * from this table. Names follow the conventions of Prometheus and OpenMetrics; once here, a name stays.
 */

export type FamilyType = "counter" | "gauge" | "histogram" | "info";

export interface Family {
  /** Without the `_total` of a counter and the `_info` of an info. */
  readonly name: string;
  readonly type: FamilyType;
  /** The name ends with it. */
  readonly unit: "seconds" | "bytes" | null;
  readonly labels: readonly string[];
  readonly help: string;
}

const ROUTE = ["listener", "route", "upstream"] as const;
const TARGET = ["upstream", "target"] as const;

export const FAMILIES = {
  build: info("portward_build", ["version", "runtime"], "The program and what it runs on."),
  requests: counter(
    "portward_requests",
    [...ROUTE, "method", "code"],
    "Requests that are over, by the class of the status that the client got.",
  ),
  requestDuration: durations(
    "portward_request_duration_seconds",
    [...ROUTE, "code"],
    "From the end of a request's head to the end of its answer.",
  ),
  requestBytes: counter(
    "portward_request_body_bytes",
    ROUTE,
    "Received of the bodies of requests, and by tunnels after an upgrade.",
    "bytes",
  ),
  responseBytes: counter(
    "portward_response_body_bytes",
    ROUTE,
    "Sent of the bodies of answers, and by tunnels after an upgrade.",
    "bytes",
  ),
  requestErrors: counter(
    "portward_request_errors",
    [...ROUTE, "error"],
    "Requests that ended with one of the words of docs/errors.md.",
  ),
  requestsActive: gauge("portward_requests_active", ["listener"], "Requests under way."),
  sessionDuration: durations(
    "portward_tcp_session_duration_seconds",
    ROUTE,
    "How long connections of TCP routes lasted.",
  ),
  sessionReceived: counter(
    "portward_tcp_received_bytes",
    ROUTE,
    "Received from clients by TCP routes.",
    "bytes",
  ),
  sessionSent: counter("portward_tcp_sent_bytes", ROUTE, "Received from targets by TCP routes.", "bytes"),
  sessionErrors: counter(
    "portward_tcp_errors",
    [...ROUTE, "error"],
    "Connections of TCP routes that ended with one of the words of docs/errors.md.",
  ),
  connectionsAccepted: counter(
    "portward_connections_accepted",
    ["listener"],
    "Connections accepted; with TLS, once the handshake is done.",
  ),
  connectionsRefused: counter(
    "portward_connections_turned_away",
    ["listener"],
    "Connections closed at once because the listener had its limit.",
  ),
  connectionsOpen: gauge("portward_connections_open", ["listener"], "Connections of clients that are open."),
  connectionsEnded: counter(
    "portward_http2_connections_ended",
    ["listener", "rule"],
    "Connections over HTTP/2 that were ended because their clients flooded us or broke a rule, by the words of docs/http2.md.",
  ),
  handshakes: counter("portward_tls_handshakes", ["listener", "result"], "TLS handshakes with clients."),
  certificateExpiry: gauge(
    "portward_certificate_not_after_seconds",
    ["listener", "certificate"],
    "When the certificate that is served expires, in seconds since 1970; `certificate` is its file.",
  ),
  certificateRenewal: gauge(
    "portward_certificate_next_renewal_seconds",
    ["name"],
    "When a certificate that is obtained is asked for next, in seconds since 1970.",
  ),
  certificateFailures: gauge(
    "portward_certificate_renewal_failures",
    ["name"],
    "How often in a row it could not be obtained.",
  ),
  targetAttempts: counter(
    "portward_target_attempts",
    TARGET,
    "Attempts to have a request or a connection served by the target.",
  ),
  targetRetries: counter(
    "portward_target_retries",
    TARGET,
    "Those of them that followed a failed attempt of the same request.",
  ),
  targetResponses: counter(
    "portward_target_responses",
    [...TARGET, "code"],
    "Answers of the target, by class.",
  ),
  targetDuration: durations(
    "portward_target_response_duration_seconds",
    TARGET,
    "From sending the head of a request to the head of the target's answer.",
  ),
  targetErrors: counter(
    "portward_target_errors",
    [...TARGET, "error"],
    "Attempts that failed, also those after which another one succeeded.",
  ),
  targetConnects: counter("portward_target_connects", TARGET, "Connections to the target that were made."),
  targetReuses: counter(
    "portward_target_reuses",
    TARGET,
    "Requests sent on a connection that was there already.",
  ),
  targetEjections: counter(
    "portward_target_ejections",
    TARGET,
    "How often the target was taken out for a while for doing worse than the others.",
  ),
  targetOut: gauge(
    "portward_target_out",
    [...TARGET, "reason"],
    "Workers that send the target nothing: drained by hand, down by its checks, tripped or ejected for how it answered.",
  ),
  targetPanic: gauge(
    "portward_target_panic",
    TARGET,
    "Workers that use the target though it is out, because all of its upstream are.",
  ),
  targetActive: gauge("portward_target_active", TARGET, "Requests and tunnels under way."),
  targetConnections: gauge(
    "portward_target_connections",
    [...TARGET, "state"],
    "Connections to the target by state: idle in the pool, busy, or being made.",
  ),
  upstreamWaiting: gauge(
    "portward_upstream_waiting",
    ["upstream"],
    "Requests in the queue of an upstream that has its limit.",
  ),
  reloads: counter("portward_reloads", ["result"], "Reloads of the configuration, done and refused."),
  orders: counter(
    "portward_certificate_orders",
    ["result"],
    "Certificates that were asked for at an authority, obtained and failed.",
  ),
  reloadGood: gauge(
    "portward_last_reload_successful",
    [],
    "Whether the last reload, or the start, was done.",
  ),
  reloadTime: gauge(
    "portward_last_reload_success_timestamp_seconds",
    [],
    "When the configuration in force came into force.",
    "seconds",
  ),
  loopLag: durations(
    "portward_event_loop_lag_seconds",
    ["worker"],
    "How much later than asked for a timer came. Whatever blocks the event loop shows here.",
  ),
  lostLines: counter(
    "portward_access_log_lines_lost",
    ["worker"],
    "Lines of access logs that could not be written, because a disk or a reader did not take them.",
  ),
  droppedSpans: counter(
    "portward_spans_dropped",
    ["worker"],
    "Spans that did not reach the collector, because it was slow, refused them or was not there.",
  ),
  workerUp: gauge("portward_worker_up", ["worker"], "1 for each worker that is there."),
  workerStarts: counter("portward_worker_starts", ["worker"], "Processes that have been this worker."),
  workerCpu: counter(
    "portward_worker_cpu_seconds",
    ["worker"],
    "Processor time that the worker's process has used. A new process begins at 0.",
    "seconds",
  ),
  workerResident: gauge("portward_worker_resident_memory_bytes", ["worker"], "Memory in use.", "bytes"),
  workerHeap: gauge(
    "portward_worker_heap_bytes",
    ["worker"],
    "Of the garbage-collected heap, in use.",
    "bytes",
  ),
  workerHeapSize: gauge("portward_worker_heap_size_bytes", ["worker"], "Of that heap, in all.", "bytes"),
  workerDescriptors: gauge("portward_worker_open_fds", ["worker"], "File descriptors in use."),
  processCpu: counter(
    "process_cpu_seconds",
    [],
    "Processor time of the process that answers here, user and system.",
    "seconds",
  ),
  processResident: gauge("process_resident_memory_bytes", [], "Memory in use by it.", "bytes"),
  processVirtual: gauge("process_virtual_memory_bytes", [], "Addresses in use by it.", "bytes"),
  processDescriptors: gauge("process_open_fds", [], "Its file descriptors in use."),
  processDescriptorLimit: gauge("process_max_fds", [], "File descriptors that it may have."),
  processStart: gauge("process_start_time_seconds", [], "When it started, in seconds since 1970.", "seconds"),
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;

function counter(name: string, labels: readonly string[], help: string, unit: Family["unit"] = null): Family {
  return { name, type: "counter", unit, labels, help };
}

function gauge(name: string, labels: readonly string[], help: string, unit: Family["unit"] = null): Family {
  return { name, type: "gauge", unit, labels, help };
}

function durations(name: string, labels: readonly string[], help: string): Family {
  return { name, type: "histogram", unit: "seconds", labels, help };
}

function info(name: string, labels: readonly string[], help: string): Family {
  return { name, type: "info", unit: null, labels, help };
}
