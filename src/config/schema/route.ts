/** `routes` (or `spec`, the original's name for it): which requests go where. */
import { z } from "zod";
import { redirect, respond, rewrite } from "./action.ts";
import { listen } from "./listener.ts";
import { headers, host, methods, path, query } from "./match.ts";
import { noted } from "./notes.ts";
import { httpRouteLimits, httpRouteTimeouts, reconnect, tcpRouteTimeouts } from "./timing.ts";
import { balance, targets } from "./upstream.ts";
import { name } from "./values.ts";

const sharedKeys = {
  listen: listen.describe("Where the route's connections come in."),
  targets: targets.optional().describe("Where requests go; they belong to this route alone."),
  upstream: name("an upstream").optional().describe("A name from `upstreams`, instead of `targets`."),
  balance: balance.optional().describe("How one of `targets` is chosen; `p2c` unless set."),
};

export const httpRouteSchema = noted(
  z
    .strictObject({
      kind: z.literal("http").default("http").describe("What is spoken: `http` (default) or `tcp`."),
      ...sharedKeys,
      host: host
        .optional()
        .describe("Host names; `*.shop.example` stands for one or more labels. Any, unless set."),
      path: path.describe(
        "A prefix by whole segments, `{ exact }` or `{ regex }`; `{id}` captures a segment.",
      ),
      methods: methods.optional().describe("Methods, such as `GET`. Any, unless set."),
      headers: headers.optional().describe("Header fields that must hold."),
      query: query.optional().describe("Query parameters that must hold."),
      rewrite: rewrite.optional().describe("How the path changes on its way upstream."),
      redirect: redirect.optional().describe("Answer with a redirect, instead of `targets`."),
      respond: respond.optional().describe("Answer with a fixed text, instead of `targets`."),
      timeouts: httpRouteTimeouts.optional().describe("Over `settings.timeouts`."),
      limits: httpRouteLimits.optional().describe("Over `settings.limits`."),
    })
    .meta({ id: "httpRoute" }),
  {
    called: "an http route",
    elsewhere: { reconnect: "only tcp routes hold their clients" },
    later: { filters: "filters come later", tls: "TLS comes later" },
  },
);

const NO_REQUESTS = "a tcp route sees bytes, not requests";

export const tcpRouteSchema = noted(
  z
    .strictObject({
      kind: z.literal("tcp").describe("A tunnel of bytes."),
      ...sharedKeys,
      timeouts: tcpRouteTimeouts.optional().describe("`connect` and `idle`; `idle` is 10m unless set."),
      reconnect: reconnect.prefault({}).describe("How long a client is held while no target accepts."),
    })
    .meta({ id: "tcpRoute" }),
  {
    called: "a tcp route",
    elsewhere: Object.fromEntries(
      [
        "host",
        "path",
        "methods",
        "headers",
        "query",
        "rewrite",
        "redirect",
        "respond",
        "limits",
        "filters",
      ].map((key) => [key, NO_REQUESTS]),
    ),
    later: { tls: "TLS comes later" },
  },
);

export type HttpRouteInput = z.output<typeof httpRouteSchema>;
export type TcpRouteInput = z.output<typeof tcpRouteSchema>;
