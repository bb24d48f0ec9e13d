/** Everything that can be asked of the admin address, but for the page and the OpenAPI document. */
import { z } from "zod";
import { CURSOR } from "../answers/connections.ts";
import { REVOCATION_WORDS } from "../revocation-reasons.ts";
import {
  certificatesView,
  configurationStatusView,
  configurationView,
  connectionsView,
  explainQuestion,
  explanationView,
  fault as faultView,
  reloadView,
  requestsView,
  snapshotView,
  status as statusView,
  targetsView,
  trafficView,
  workersView,
} from "../views.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { explainedRequest } from "./explained-request.ts";
import { fault, type Reply, reply } from "./reply.ts";

function limitTo(most: number) {
  const says = `must be a whole number from 1 to ${most}`;
  const number = z.coerce.number(says).int(says).min(1, says).max(most, says);
  return number.prefault(100).describe("At most so many.");
}
/** As many as can be kept. */
const MOST_REQUESTS = 10_000;
const name = z.string().max(300);

const upstream = z.strictObject({
  upstream: name.optional().describe("Only of this upstream; without it, of all that have the target."),
});

export const NOT_COUNTED: Reply = fault(
  404,
  "admin.not_counted",
  "there is no memory to count in; the log says why",
);
const CERTIFICATE = {
  name: "name",
  description: "What it is called in `/api/certificates`, or a name that it is for.",
};
const NO_CERTIFICATE: Reply = fault(
  404,
  "admin.no_certificate",
  "no certificate of that name is obtained here; files are renewed by whoever writes them",
);
const NO_TARGET = { description: "No such target.", schema: faultView };
const TARGET = { name: "target", description: "As in the snapshot: `10.0.0.1:3000` or `unix:/path`." };

export const ENDPOINTS: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/healthz",
    summary: "Whether the process runs.",
    isProbe: true,
    answers: { 200: { description: "It runs.", schema: statusView } },
    handle: () => reply({ status: "ok" }),
  }),
  endpoint({
    method: "GET",
    path: "/readyz",
    summary: "Whether it takes requests: not yet while it starts, no more while it drains.",
    isProbe: true,
    answers: {
      200: { description: "It does.", schema: statusView },
      503: { description: "It does not.", schema: statusView },
    },
    handle: (source) => {
      const readiness = source.readiness();
      return reply({ status: readiness }, readiness === "ready" ? 200 : 503);
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/snapshot",
    summary: "Listeners, routes, upstreams and targets, with their load.",
    answers: { 200: { description: "As of now, over all workers.", schema: snapshotView } },
    handle: async (source) => reply(await source.snapshot()),
  }),
  endpoint({
    method: "GET",
    path: "/api/traffic",
    summary: "What has been counted since the start, by route and by target.",
    answers: { 200: { description: "Over all workers.", schema: trafficView } },
    handle: (source) => {
      const traffic = source.traffic();
      return traffic === null ? NOT_COUNTED : reply(traffic);
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/config",
    summary: "The configuration in force, without its secrets.",
    answers: { 200: { description: "The model that requests are served from.", schema: configurationView } },
    query: z.strictObject({
      places: z.enum(["true", "false"]).optional().describe("Whether to say where each value is written."),
    }),
    handle: (source, { query }) => reply(source.configuration(query.places === "true")),
  }),
  endpoint({
    method: "GET",
    path: "/api/config/status",
    summary: "When the configuration came into force, and what became of the last reload.",
    answers: { 200: { description: "A reload that was refused says why.", schema: configurationStatusView } },
    handle: (source) => reply(source.configurationStatus()),
  }),
  endpoint({
    method: "POST",
    path: "/api/reload",
    summary: "Read the configuration again, check it, run its tests, and put it in force.",
    answers: {
      200: { description: "It is in force.", schema: reloadView },
      422: { description: "It is refused, and what was in force still is.", schema: reloadView },
    },
    handle: async (source) => {
      const outcome = await source.reload();
      return reply(outcome, outcome.result === "done" ? 200 : 422);
    },
  }),
  drainEndpoint(
    "drain",
    "Send nothing new to a target, now and after reloads, until it is enabled again.",
    true,
  ),
  drainEndpoint("enable", "Take a drained target back.", false),
  endpoint({
    method: "GET",
    path: "/api/workers",
    summary: "The workers.",
    answers: { 200: { description: "Each in a line.", schema: workersView } },
    handle: async (source) => reply(await source.workers()),
  }),
  endpoint({
    method: "GET",
    path: "/api/connections",
    summary: "Clients' connections as they are now, page by page.",
    query: z.strictObject({
      limit: limitTo(1_000),
      after: z
        .string()
        .regex(CURSOR, "must be the `next` of the page before")
        .optional()
        .describe("`next` of the page before."),
      listener: name.optional().describe("Only those of this listener."),
    }),
    answers: { 200: { description: "In the order of their numbers.", schema: connectionsView } },
    handle: async (source, { query }) => {
      const { after = null, listener = null } = query;
      return reply(await source.connections({ limit: query.limit, after, listener }));
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/requests",
    summary: "Requests that were answered a moment ago.",
    query: z.strictObject({
      limit: limitTo(MOST_REQUESTS),
      status: z
        .string()
        .regex(/^[1-5](?:\d\d|xx)$/, "must be a status such as 502, or a class such as 5xx")
        .optional()
        .describe("`502`, or `5xx` for a class."),
      route: name.optional().describe("The label of a route."),
      host: name.optional().describe("As received, but for letter case and the port."),
      method: name.optional(),
    }),
    answers: { 200: { description: "The newest first.", schema: requestsView } },
    handle: async (source, { query }) => {
      const { status = null, route = null, host = null, method = null } = query;
      return reply(await source.requests({ limit: query.limit, status, route, host, method }));
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/certificates",
    summary: "Certificates: their names, where they are from, how long they last, what went wrong.",
    answers: { 200: { description: "As their files are now; no keys.", schema: certificatesView } },
    handle: async (source) => reply(await source.certificates()),
  }),
  endpoint({
    method: "POST",
    path: "/api/certificates/renew/{name}",
    summary: "Have another certificate asked for, before its time.",
    parameter: CERTIFICATE,
    answers: {
      202: {
        description: "It is asked for; `/api/certificates` tells what comes of it.",
        schema: certificatesView,
      },
      404: { description: "None of that name is obtained here.", schema: faultView },
    },
    handle: async (source, { parameter }) => {
      const meant = await source.renewCertificate(parameter);
      return meant.certificates.length > 0 ? reply(meant, 202) : NO_CERTIFICATE;
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/certificates/revoke/{name}",
    summary:
      "Have the authority tell clients that a certificate is no good any more, and another one asked for.",
    parameter: CERTIFICATE,
    query: z.strictObject({
      reason: z.enum(REVOCATION_WORDS).prefault("unspecified").describe("What the authority is told."),
    }),
    answers: {
      200: { description: "It is revoked, and another is asked for.", schema: certificatesView },
      404: { description: "None of that name is obtained here.", schema: faultView },
      502: { description: "It is not revoked; `detail` says why.", schema: faultView },
    },
    handle: async (source, { parameter, query }) => {
      const revoked = await source.revokeCertificate(parameter, query.reason);
      if (revoked === null) return NO_CERTIFICATE;
      return revoked.ok ? reply(revoked.value) : fault(502, "admin.not_revoked", revoked.error);
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/explain",
    summary: "Say what would happen to a request, with the targets as they are now. Nothing is sent.",
    body: explainQuestion,
    answers: { 200: { description: "Step by step.", schema: explanationView } },
    handle: async (source, { body }) => {
      const request = explainedRequest(body);
      return request.ok ? reply(await source.explain(request.value)) : request.error;
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/stop",
    summary: "Finish what is in flight and end, as SIGTERM does.",
    answers: { 202: { description: "It has begun.", schema: statusView } },
    handle: (source) => {
      source.stop();
      return reply({ status: "draining" }, 202);
    },
  }),
];

function drainEndpoint(verb: "drain" | "enable", summary: string, drained: boolean): Endpoint {
  return endpoint({
    method: "POST",
    path: `/api/${verb}/{target}`,
    summary,
    parameter: TARGET,
    query: upstream,
    answers: { 200: { description: "Those that were meant.", schema: targetsView }, 404: NO_TARGET },
    handle: async (source, { parameter, query }) => {
      const moved = await source.setDrained({ target: parameter, upstream: query.upstream ?? null, drained });
      return moved.targets.length > 0
        ? reply(moved)
        : fault(404, "admin.no_target", "there is no such target");
    },
  });
}
