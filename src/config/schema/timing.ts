/**
 * Timeouts and limits: process-wide in `settings`, some of them again on a route. A value that acts before
 * the route is known (the head of a request, a connection between requests) cannot be a route's.
 */
import { z } from "zod";
import { noted } from "./notes.ts";
import { count, duration, durationOrOff, size, sizeOrOff } from "./values.ts";

const timeouts = {
  handshake: duration().describe(
    "From a connection at a listener with TLS or PROXY headers to the end of its handshake. Beyond: closed.",
  ),
  connect: duration().describe("Connecting to a target, TLS included. Beyond: 504."),
  head: duration().describe("From a request's first byte to the end of its head. Beyond: 408."),
  body: duration().describe("Between two pieces of a request body. Beyond: 408."),
  response: durationOrOff().describe("From the end of the request to the head of the answer. Beyond: 504."),
  idle: durationOrOff().describe(
    "Without a byte in either direction: the body of an answer, a tunnel. 10m on tcp routes unless set.",
  ),
  total: durationOrOff().describe(
    "From the head of a request to the end of its answer, attempts and pauses included. Beyond: 504.",
  ),
  keep_alive: duration().describe("A client's connection between two requests."),
};

const limits = {
  head: size(256, 2 ** 20).describe("Request line and header fields together. Beyond: 431."),
  fields: count(1, 10_000).describe("Header fields of one message. Beyond: 431."),
  line: size(64, 2 ** 20).describe("The request line. Beyond: 414."),
  body: sizeOrOff(Number.POSITIVE_INFINITY).describe("The body of a request, or `off`. Beyond: 413."),
  chunk_extensions: size(0, 2 ** 20).describe("All chunk extensions of one body. Beyond: 400."),
  requests_per_connection: count(1).describe("Then a client's connection is closed gracefully."),
  connections: count(1).describe("Open connections of one listener, in each worker. Beyond: closed at once."),
  connections_per_target: count(1).describe(
    "Connections to one target, idle ones included, from all workers together. Beyond: 503.",
  ),
  pending_connects: count(1).describe(
    "Connects under way to one target, from all workers together. Beyond: 503.",
  ),
  held: sizeOrOff(Number.POSITIVE_INFINITY).describe(
    "What a process holds in all for clients and targets that do not take it, or `off`. Beyond: those that stand still for longest are reset.",
  ),
  min_rate: sizeOrOff(0).describe(
    "Bytes a second that a body must move in either direction, averaged over `min_rate_window`, or `off`.",
  ),
  min_rate_window: duration(1000).describe("Over how long `min_rate` is averaged."),
};

export const settingsTimeouts = noted(
  z.strictObject({
    handshake: timeouts.handshake.prefault("10s"),
    connect: timeouts.connect.prefault("5s"),
    head: timeouts.head.prefault("10s"),
    body: timeouts.body.prefault("30s"),
    response: timeouts.response.prefault("60s"),
    idle: timeouts.idle.prefault("60s"),
    total: timeouts.total.prefault("off"),
    keep_alive: timeouts.keep_alive.prefault("75s"),
  }),
  { called: "`settings.timeouts`" },
);

export const settingsLimits = noted(
  z.strictObject({
    head: limits.head.prefault("32KiB"),
    fields: limits.fields.prefault(100),
    line: limits.line.prefault("8KiB"),
    body: limits.body.prefault("off"),
    chunk_extensions: limits.chunk_extensions.prefault("4KiB"),
    requests_per_connection: limits.requests_per_connection.prefault(10_000),
    connections: limits.connections.prefault(20_000),
    connections_per_target: limits.connections_per_target.prefault(16_384),
    pending_connects: limits.pending_connects.prefault(4096),
    held: limits.held.prefault("512MiB"),
    min_rate: limits.min_rate.prefault("64B"),
    min_rate_window: limits.min_rate_window.prefault("60s"),
  }),
  { called: "`settings.limits`" },
);

const BEFORE_THE_ROUTE = "it acts before the route is known";

export const httpRouteTimeouts = noted(
  z.strictObject({
    connect: timeouts.connect.optional(),
    body: timeouts.body.optional(),
    response: timeouts.response.optional(),
    idle: timeouts.idle.optional(),
    total: timeouts.total.optional(),
  }),
  {
    called: "the timeouts of an http route",
    elsewhere: {
      head: `${BEFORE_THE_ROUTE}; set \`settings.timeouts.head\``,
      keep_alive: `${BEFORE_THE_ROUTE}; set \`settings.timeouts.keep_alive\``,
    },
  },
);

const ONLY_FOR_HTTP = "a tunnel has no requests; its timeouts are `connect` and `idle`";

export const tcpRouteTimeouts = noted(
  z.strictObject({ connect: timeouts.connect.optional(), idle: timeouts.idle.optional() }),
  {
    called: "the timeouts of a tcp route",
    elsewhere: {
      head: ONLY_FOR_HTTP,
      body: ONLY_FOR_HTTP,
      response: ONLY_FOR_HTTP,
      total: ONLY_FOR_HTTP,
      keep_alive: ONLY_FOR_HTTP,
    },
  },
);

export const httpRouteLimits = noted(
  z.strictObject({
    body: limits.body.optional(),
    chunk_extensions: limits.chunk_extensions.optional(),
    min_rate: limits.min_rate.optional(),
    min_rate_window: limits.min_rate_window.optional(),
  }),
  {
    called: "the limits of a route",
    elsewhere: Object.fromEntries([
      ...["head", "fields", "line", "requests_per_connection", "connections"].map((key) => [
        key,
        `${BEFORE_THE_ROUTE}; set \`settings.limits.${key}\``,
      ]),
      ...["connections_per_target", "pending_connects"].map((key) => [
        key,
        `it counts over all routes; set \`settings.limits.${key}\``,
      ]),
    ]),
  },
);

export const reconnect = noted(
  z.strictObject({
    every: duration().prefault("10s").describe("The pause between two rounds over all targets."),
    attempts: count(1, 1_000_000).prefault(10).describe("After so many rounds the client is closed."),
  }),
  { called: "`reconnect`" },
);
