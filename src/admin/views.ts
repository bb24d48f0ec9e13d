/**
 * What the admin address answers, described once: the types of the answers, the OpenAPI document and its test come
 * from here. Keys only ever get more; what a value may be is not narrowed.
 */
import { z } from "zod";

const time = z.iso.datetime().describe("UTC.");
const count = z.int().min(0);

const place = z.strictObject({ file: z.string(), line: z.int().min(1), column: z.int().min(1) });
const excerpt = z
  .strictObject({ text: z.string(), caret: count, width: count })
  .nullable()
  .describe("The line with the mistake; null when there is none to show.");

export const diagnosticView = z
  .strictObject({
    severity: z.enum(["error", "warning"]),
    code: z.string().describe("Stable; docs/diagnostics.md lists them."),
    message: z.string(),
    ...place.shape,
    suggestion: z.string().nullable(),
    excerpt,
    related: z.array(z.strictObject({ message: z.string(), ...place.shape, excerpt })),
    details: z.array(z.string()),
  })
  .meta({ id: "Diagnostic" });

export const fault = z
  .strictObject({ detail: z.string(), code: z.string().describe("Stable.") })
  .meta({ id: "Fault" });

export const status = z.strictObject({ status: z.string() }).meta({ id: "Status" });

export const reloadView = z
  .strictObject({
    at: time,
    trigger: z.enum(["start", "signal", "admin", "watch"]),
    result: z.enum(["done", "refused"]).describe("`refused`: what was in force before still is."),
    took_ms: z.number().min(0),
    diagnostics: z.array(diagnosticView).describe("Errors and warnings."),
  })
  .meta({ id: "Reload" });

export const configurationStatusView = z
  .strictObject({
    in_force_since: time,
    routes: count,
    listeners: count,
    upstreams: count,
    last_reload: reloadView,
  })
  .meta({ id: "ConfigurationStatus" });

export const targetView = z
  .strictObject({
    target: z.string().describe("`host:port` or `unix:/path`."),
    weight: count,
    state: z
      .enum(["up", "drained", "down", "ejected", "tripped", "unresolved"])
      .describe(
        "`drained` by hand, `down` by its checks, `ejected` or `tripped` for how it answered, `unresolved`: its name has no address.",
      ),
    panic: z.boolean().describe("It is used though it is out, because all of its upstream are."),
    failure: z.string().nullable().describe("Why its name has no address."),
    ips: z.array(z.string()).describe("The addresses that its name has now."),
    active: count.describe("Exchanges and tunnels under way."),
    connections: count.describe("Idle ones and those being made included."),
    connecting: count,
    idle: count,
  })
  .meta({ id: "Target" });

export const sourceView = z
  .strictObject({
    provider: z.string(),
    version: z.string().nullable().describe("The source's own word for the list in force; null: none yet."),
    targets: count.describe("That it has told."),
    since: time.nullable().describe("When they were told first."),
    answered_at: time.nullable().describe("When the source answered last."),
    problem: z.string().nullable().describe("Why it does not answer now; the last good list holds."),
    expired: z.boolean().describe("It has not answered for longer than its list is kept."),
  })
  .meta({ id: "Source" });

export const snapshotView = z
  .strictObject({
    name: z.literal("portward"),
    version: z.string(),
    started_at: time,
    listeners: z.array(
      z.strictObject({
        name: z.string(),
        address: z.string(),
        protocol: z.enum(["http", "tcp", "tls"]),
        connections: count,
        unsent_bytes: count.describe("Held for clients that do not take them."),
      }),
    ),
    routes: z.array(
      z.strictObject({
        label: z.string(),
        kind: z.enum(["http", "tcp", "tls"]),
        listeners: z.array(z.string()),
        match: z.string().describe("In one line, for people."),
        action: z.enum(["proxy", "redirect", "respond"]),
        upstream: z.string().nullable(),
        ...place.shape,
      }),
    ),
    upstreams: z.array(
      z.strictObject({
        name: z.string(),
        balance: z.string(),
        source: sourceView.nullable().describe("Where targets are found while running; null: nowhere."),
        targets: z.array(targetView),
      }),
    ),
  })
  .meta({ id: "Snapshot" });

export const configurationView = z
  .looseObject({
    settings: z.looseObject({}),
    listeners: z.array(z.looseObject({ name: z.string() })),
    upstreams: z.array(z.looseObject({ name: z.string() })),
    routes: z.array(z.looseObject({ label: z.string() })),
    places: z
      .looseObject({ files: z.array(z.string()) })
      .optional()
      .describe("With `places=true`: where each value is written, for `portward plan --live`."),
  })
  .meta({ id: "Configuration" })
  .describe("As it is in force, every default filled in. Secrets are `***`; where there is no limit is `∞`.");

export const workersView = z
  .strictObject({
    workers: z.array(
      z.strictObject({
        id: count,
        pid: count,
        started_at: time,
        state: z.enum(["serving", "draining"]),
        memory_bytes: count,
        connections: count,
        active: count.describe("Exchanges and tunnels under way."),
      }),
    ),
  })
  .meta({ id: "Workers" });

export const connectionsView = z
  .strictObject({
    connections: z.array(
      z.strictObject({
        id: z.string().describe("`WORKER:NUMBER`."),
        listener: z.string(),
        protocol: z.string(),
        client: z.string().describe("Its address; empty for a client of a Unix socket."),
        opened_at: time,
        state: z.enum(["idle", "active", "tunnel", "waiting", "closing"]),
        requests: count,
        unsent_bytes: count,
      }),
    ),
    next: z.string().nullable().describe("`after` for the page that follows; null when this is the last."),
  })
  .meta({ id: "Connections" });

export const requestsView = z
  .strictObject({
    requests: z.array(
      z.strictObject({
        time,
        request_id: z.string(),
        listener: z.string(),
        route: z.string().nullable(),
        target: z.string().nullable(),
        client: z.string(),
        method: z.string(),
        host: z.string(),
        path: z.string().describe("As received; `***` for the values in its query."),
        cut: z.boolean().describe("Whether the path or the names are longer than what is kept of them."),
        field_names: z.array(z.string()).describe("Of its header; values are not kept."),
        status: z.int().nullable().describe("Null: it got no answer."),
        error: z.string().nullable(),
        total_ms: z.number().min(0),
      }),
    ),
    skipped: count.describe("Requests that were answered and not kept, because there were many."),
  })
  .meta({ id: "Requests" })
  .describe("The newest first.");

export const explainQuestion = z.strictObject({
  method: z.string().max(64).prefault("GET"),
  url: z.string().max(16_384).describe("As a client would ask for it: `http://shop.example/api?page=2`."),
  headers: z
    .array(z.tuple([z.string(), z.string()]))
    .max(1_000)
    .prefault([])
    .describe("Names and values."),
  from: z.string().max(100).nullable().prefault(null).describe("The client's address."),
});

export const explanationView = z
  .strictObject({
    text: z.string().describe("As `portward explain` prints it."),
    explanation: z.looseObject({ route: z.string().nullable(), steps: z.array(z.looseObject({})) }),
  })
  .meta({ id: "Explanation" });

const counts = {
  requests: count.describe("Since the start."),
  errors: count.describe(
    "Those of them that were answered with 5xx, or not at all. Of a target: attempts that failed.",
  ),
  p50_ms: z.number().nullable().describe("Half of them took no longer; null without any."),
  p99_ms: z.number().nullable(),
  durations: z
    .array(z.tuple([z.number().nullable(), count]))
    .describe(
      "How many took at most so many milliseconds and more than the bucket before; null is the rest.",
    ),
};

export const trafficView = z
  .strictObject({
    at: time,
    total: z.strictObject(counts),
    routes: z.array(
      z.strictObject({
        listener: z.string(),
        route: z.string().describe("Its label; empty for requests that no route took."),
        upstream: z.string().describe("Empty where there is none."),
        ...counts,
      }),
    ),
    targets: z.array(z.strictObject({ upstream: z.string(), target: z.string(), ...counts })),
  })
  .meta({ id: "Traffic" })
  .describe("Counts only grow while the instance runs; whoever asks twice has the rates between.");

export const targetsView = z
  .strictObject({
    targets: z.array(z.strictObject({ upstream: z.string(), target: z.string(), drained: z.boolean() })),
  })
  .meta({ id: "Targets" });

const chainLink = {
  subject: z.string(),
  issuer: z.string(),
  not_before: time,
  not_after: time,
  fingerprint: z.string().describe("SHA-256 of the whole."),
};

const certificateView = z
  .strictObject({
    name: z.string().describe("What it is called here; `renew` takes it."),
    source: z.enum(["files", "acme", "internal"]),
    file: z.string(),
    listeners: z.array(z.string()),
    upstreams: z.array(z.string()).describe("Whose targets are shown it."),
    names: z.array(z.string()).describe("What it is for, or is to be for."),
    state: z
      .enum(["good", "expired", "not_yet_valid", "missing", "unusable", "ordering"])
      .describe(
        "`missing`: not obtained yet. `unusable`: its files cannot be served. `ordering`: being asked for.",
      ),
    subject: chainLink.subject.nullable(),
    issuer: chainLink.issuer.nullable(),
    not_before: time.nullable(),
    not_after: time.nullable(),
    fingerprint: z.string().nullable(),
    key: z.string().nullable().describe("`ECDSA P-256`, `RSA 2048`."),
    pin: z.string().nullable().describe("SHA-256 of its public key in base64, as `pins` take it."),
    serial: z.string().nullable(),
    chain: z.array(z.strictObject(chainLink)).describe("What follows it, as clients get it."),
    pem: z.string().nullable().describe("It and its chain; never a key."),
    problem: z.string().nullable().describe("Why nothing of it is known."),
    next_renewal: time.nullable().describe("Null: nobody here renews it."),
    failures: count.describe("To renew it, in a row."),
    last_failure: z.strictObject({ at: time, message: z.string() }).nullable(),
  })
  .meta({ id: "Certificate" });

export const certificatesView = z
  .strictObject({ certificates: z.array(certificateView) })
  .meta({ id: "Certificates" });

export type CertificateView = z.infer<typeof certificateView>;
export type CertificatesView = z.infer<typeof certificatesView>;
export type StatusView = z.infer<typeof status>;
export type ReloadView = z.infer<typeof reloadView>;
export type ConfigurationStatusView = z.infer<typeof configurationStatusView>;
export type TargetView = z.infer<typeof targetView>;
export type SnapshotView = z.infer<typeof snapshotView>;
export type ConfigurationView = z.infer<typeof configurationView>;
export type WorkersView = z.infer<typeof workersView>;
export type ConnectionsView = z.infer<typeof connectionsView>;
export type RequestsView = z.infer<typeof requestsView>;
export type TargetsView = z.infer<typeof targetsView>;
export type ExplanationView = z.infer<typeof explanationView>;
export type TrafficView = z.infer<typeof trafficView>;
