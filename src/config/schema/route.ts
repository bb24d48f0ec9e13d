/** `routes` (or `spec`, the original's name for it): which requests go where. */
import { z } from "zod";
import { redirect, respond, rewrite } from "./action.ts";
import { filters } from "./filters.ts";
import { grpcMatch } from "./grpc-match.ts";
import { hedge } from "./hedge.ts";
import { listen } from "./listener.ts";
import { headers, host, methods, path, query } from "./match.ts";
import { noted } from "./notes.ts";
import { routeRetry } from "./retry.ts";
import { mirror, split } from "./split.ts";
import { httpRouteLimits, httpRouteTimeouts, reconnect, tcpRouteTimeouts } from "./timing.ts";
import { groupKeys, protocol, targets } from "./upstream.ts";
import { about, choice, freeText, name, oneOrMore } from "./values.ts";

const TLS_ELSEWHERE = "set it on the listener or the upstream";

const sharedKeys = {
  listen: listen.meta(about("Where the route's connections come in.", 5000, "127.0.0.1:5000", ["web", 5001])),
  targets: targets
    .optional()
    .meta(
      about("Where requests go; they belong to this route alone.", [
        "10.0.0.1:3000",
        { host: "10.0.0.2", port: 3000, weight: 2 },
      ]),
    ),
  upstream: name("an upstream")
    .optional()
    .meta(about("A name from `upstreams`, instead of `targets`.", "api")),
  ...groupKeys,
};

export const httpRouteSchema = noted(
  z
    .strictObject({
      kind: z.literal("http").default("http").describe("What is spoken: `http` (default), `tcp` or `tls`."),
      ...sharedKeys,
      protocol: protocol
        .optional()
        .meta(about("What `targets` speak: `http1` (default), `h2` or `auto`.", "h2")),
      host: host
        .optional()
        .meta(
          about(
            "Host names; `*.shop.example` stands for one or more labels. Any, unless set.",
            "shop.example",
            ["shop.example", "*.shop.example"],
          ),
        ),
      path: path
        .optional()
        .meta(
          about(
            "A prefix by whole segments, `{ exact }` or `{ regex }`; `{id}` captures a segment.",
            "/api",
            "/users/{id}",
            { exact: "/login" },
            { regex: "^/v(?<v>\\d+)/" },
          ),
        ),
      methods: methods.optional().meta(about("Methods. Any, unless set.", "GET", ["GET", "HEAD"])),
      headers: headers
        .optional()
        .meta(about("Header fields that must hold.", { "x-canary": "1", accept: { regex: "json" } })),
      query: query
        .optional()
        .meta(about("Query parameters that must hold.", { debug: "1", token: { present: true } })),
      grpc: grpcMatch
        .optional()
        .meta(
          about(
            "Calls of gRPC by service and method, instead of `path` and `methods`.",
            { service: "helloworld.Greeter" },
            { service: "helloworld.Greeter", method: "SayHello" },
          ),
        ),
      rewrite: rewrite
        .optional()
        .meta(
          about(
            "How the path changes on its way upstream.",
            "/",
            "/v2/people/{id}",
            { regex: "/mail$", to: "/inbox" },
            { full: "/people?id={id}" },
          ),
        ),
      redirect: redirect
        .optional()
        .meta(
          about("Answer with a redirect, instead of `targets`.", { to: "https://{host}{path}", status: 308 }),
        ),
      respond: respond
        .optional()
        .meta(about("Answer with a fixed text, instead of `targets`.", { status: 200, body: "fine\n" })),
      timeouts: httpRouteTimeouts
        .optional()
        .meta(about("Over `settings.timeouts`.", { response: "5m", idle: "off" })),
      retry: routeRetry
        .optional()
        .meta(
          about(
            "Over `settings.retry`: when a request is sent again.",
            { after: ["reset"], statuses: [503] },
            "off",
          ),
        ),
      split: split
        .optional()
        .meta(
          about(
            "Other upstreams that take a share of the requests: the same users each time, with `by`.",
            { to: { canary: "1%" } },
            { to: { canary: "10%" }, by: "cookie", name: "session" },
          ),
        ),
      mirror: mirror.optional().meta(
        about("Upstreams that get a copy of the requests; their answers are thrown away.", {
          upstream: "shadow",
          share: "10%",
        }),
      ),
      hedge: hedge
        .optional()
        .meta(
          about(
            "A second attempt at another target when the first is slow; the first answer counts. Idempotent requests only.",
            { after: "p95", budget: "5%" },
          ),
        ),
      filters: filters
        .optional()
        .meta(
          about(
            "What is done with requests and answers on their way. `grpc_web` makes calls of gRPC of those of browsers.",
            ["grpc_web"],
            [{ grpc_web: { origins: ["https://app.example"] } }],
          ),
        ),
      limits: httpRouteLimits.optional().meta(about("Over `settings.limits`.", { body: "2GiB" })),
    })
    .meta({ id: "httpRoute" }),
  {
    called: "an http route",
    elsewhere: { reconnect: "only tcp routes hold their clients", tls: TLS_ELSEWHERE },
  },
);

const tunnelKeys = {
  timeouts: tcpRouteTimeouts.optional().describe("`connect` and `idle`; `idle` is 10m unless set."),
  reconnect: reconnect.prefault({}).describe("How long a client is held while no target accepts."),
  proxy_protocol: choice(["off", "v1", "v2"])
    .prefault("off")
    .describe("Tell the target who the client is, in a header before its bytes."),
};

function noRequests(reason: string): Record<string, string> {
  const keys = [
    "path",
    "methods",
    "headers",
    "query",
    "rewrite",
    "redirect",
    "respond",
    "limits",
    "retry",
    "filters",
  ];
  return { ...Object.fromEntries(keys.map((key) => [key, reason])), tls: TLS_ELSEWHERE };
}

export const tcpRouteSchema = noted(
  z
    .strictObject({
      kind: z.literal("tcp").describe("A tunnel of bytes."),
      ...sharedKeys,
      ...tunnelKeys,
    })
    .meta({ id: "tcpRoute" }),
  {
    called: "a tcp route",
    elsewhere: {
      ...noRequests("a tcp route sees bytes, not requests"),
      host: "a tcp route sees bytes; with `kind: tls` the name that the client asks for decides",
    },
  },
);

export const tlsRouteSchema = noted(
  z
    .strictObject({
      kind: z
        .literal("tls")
        .describe("A tunnel of bytes that are TLS from end to end: nothing is decrypted."),
      ...sharedKeys,
      host: host
        .optional()
        .meta(
          about(
            "The names that clients ask for; `*.shop.example` stands for one or more labels. Any, unless set.",
            "db.example",
            ["db.example", "*.db.example"],
          ),
        ),
      alpn: oneOrMore(freeText("the name of a protocol"))
        .optional()
        .meta(about("Protocols, one of which the client must offer. Any, unless set.", "postgresql", ["h2"])),
      ...tunnelKeys,
    })
    .meta({ id: "tlsRoute" }),
  { called: "a tls route", elsewhere: noRequests("a tls route sees bytes, not requests") },
);

export type HttpRouteInput = z.output<typeof httpRouteSchema>;
export type TcpRouteInput = z.output<typeof tcpRouteSchema>;
export type TlsRouteInput = z.output<typeof tlsRouteSchema>;
export type RouteInput = HttpRouteInput | TcpRouteInput | TlsRouteInput;
