/**
 * One edit at a time: each is told as what it is, at its place in both files, and shows in the answers to boundary
 * cases as the kind of difference that it makes.
 */
import { describe, expect, test } from "bun:test";
import type { Origin } from "../../src/config/model.ts";
import type { Difference } from "../../src/plan/difference/difference.ts";
import type { ConfigurationChanges, ItemChange, ValueChange } from "../../src/plan/structure/change.ts";
import { planOf } from "./plan-of.ts";

const BASE = `name: shop
settings:
  timeouts: { response: 40s }
  limits: { body: 1MiB }
listeners:
  web: { address: 8080 }
upstreams:
  api:
    targets: [ "10.0.0.1:3000", { host: 10.0.0.2, port: 3000, weight: 2 } ]
  pages: { targets: [ "10.0.0.9:80" ] }
routes:
  - { listen: web, host: shop.example, path: /api, rewrite: /, upstream: api }
  - { listen: web, host: shop.example, path: "/users/{id}", methods: [GET, POST], upstream: api }
  - { listen: web, host: shop.example, path: /beta, headers: { X-Beta: "1" }, targets: [ "10.0.0.7:80" ] }
  - { listen: web, host: shop.example, path: /find, query: { q: { present: true } }, upstream: pages }
  - { listen: web, host: shop.example, path: { exact: /old }, redirect: { to: "/new", status: 301 } }
  - { listen: web, host: shop.example, path: /robots.txt, respond: { status: 200, body: hello, headers: { x-a: "1" } } }
  - { listen: web, host: "*.shop.example", path: { regex: "^/v[0-9]+/" }, upstream: pages, timeouts: { idle: 9s } }
  - { listen: web, host: "*.shop.example", path: { regex: "/x$" }, upstream: api }
  - { listen: web, path: /, upstream: pages, limits: { body: 2MiB } }
  - { kind: tcp, listen: 5432, targets: [ "10.0.0.5:5432" ] }
`;

interface Row {
  readonly edit: string;
  readonly replace: string | RegExp;
  readonly by: string;
  /** What is told, and behind each the words that stand at the places which it names, `-` for a default. */
  readonly told: readonly string[];
  /**
   * All kinds that the boundary cases show, the gravest of each request only. A body over the limit is refused by a
   * route with 413 and without one with 404: such a request shows a `refusal`.
   */
  readonly shows: readonly Difference[];
}

const ROWS: readonly Row[] = [
  row("a prefix loses its slash twin", "path: /api,", "path: /api/,", {
    told: ["routes changed: path prefix /api -> prefix /api/ @/api @/api/"],
    shows: ["refused", "refusal"],
  }),
  row("a prefix becomes exact", "path: /api,", "path: { exact: /api },", {
    told: ["routes changed: path prefix /api -> exactly /api @/api @{"],
    shows: ["refused"],
  }),
  row("a path becomes shorter", "path: /api,", "path: /ap,", {
    told: ["routes changed: path prefix /api -> prefix /ap @/api @/ap"],
    shows: ["refused", "served", "refusal"],
  }),
  row("a rewrite goes", "rewrite: /, ", "", {
    told: ["routes changed: rewrite to / -> none @/ @-"],
    shows: ["path"],
  }),
  row("a rewrite changes", "rewrite: /,", "rewrite: /v2/,", {
    told: ["routes changed: rewrite to / -> to /v2/ @/ @/v2/"],
    shows: ["path"],
  }),
  row("a rewrite by pattern", "rewrite: /,", 'rewrite: { regex: "^/api", to: "" },', {
    told: ["routes changed: rewrite to / -> what ^/api matches to  @/ @{"],
    // Written otherwise, and the same for every request that was thought of.
    shows: [],
  }),
  row(
    "a route goes to another upstream",
    "path: /api, rewrite: /, upstream: api",
    "path: /api, rewrite: /, upstream: pages",
    {
      told: [
        "routes changed: upstream api (10.0.0.1:3000, 10.0.0.2:3000) -> pages (10.0.0.9:80) @api @pages",
      ],
      shows: ["upstream"],
    },
  ),
  row("a route's own target changes", "10.0.0.7:80", "10.0.0.8:80", {
    told: [
      'routes changed: target 10.0.0.7:80 weight 1 -> none @"10.0.0.7:80" @-',
      'routes changed: target 10.0.0.8:80 none -> weight 1 @- @"10.0.0.8:80"',
    ],
    shows: ["upstream"],
  }),
  row("a shared target is replaced", '"10.0.0.1:3000"', '"10.0.0.3:3000"', {
    told: [
      'upstreams changed: target 10.0.0.1:3000 weight 1 -> none @"10.0.0.1:3000" @-',
      'upstreams changed: target 10.0.0.3:3000 none -> weight 1 @- @"10.0.0.3:3000"',
    ],
    shows: ["upstream"],
  }),
  row("a weight", "weight: 2", "weight: 3", {
    told: ["upstreams changed: target 10.0.0.2:3000 weight 2 -> weight 3 @{ @{"],
    shows: ["shares"],
  }),
  row("a target is drained", "weight: 2", "weight: 0", {
    told: ["upstreams changed: target 10.0.0.2:3000 weight 2 -> weight 0 @{ @{"],
    shows: ["shares"],
  }),
  row("the only target is drained", '"10.0.0.7:80"', "{ host: 10.0.0.7, port: 80, weight: 0 }", {
    told: ['routes changed: target 10.0.0.7:80 weight 1 -> weight 0 @"10.0.0.7:80" @{'],
    shows: ["refused"],
  }),
  row(
    "the balance",
    'pages: { targets: [ "10.0.0.9:80" ] }',
    'pages: { targets: [ "10.0.0.9:80" ], balance: random }',
    {
      told: ["upstreams changed: balance p2c -> random @- @random"],
      shows: ["shares"],
    },
  ),
  row(
    "how targets are looked at",
    'pages: { targets: [ "10.0.0.9:80" ] }',
    'pages: { targets: [ "10.0.0.9:80" ], health: { path: /healthz }, outliers: off, breaker: { requests: 9 } }',
    {
      told: [
        "upstreams changed: health none -> GET /healthz for 200-399 every 10s within 2s, down after 3, up after 2 @- @{",
        "upstreams changed: outliers out for 10s after 5 failures in a row, at most 50% -> none @- @off",
        "upstreams changed: breaker none -> 9 requests @- @{",
      ],
      shows: ["shares"],
    },
  ),
  row(
    "a target's tier",
    "{ host: 10.0.0.2, port: 3000, weight: 2 }",
    "{ host: 10.0.0.2, port: 3000, weight: 2, priority: 1, zone: b }",
    {
      told: ["upstreams changed: target 10.0.0.2:3000 weight 2 -> weight 2, priority 1, zone b @{ @{"],
      shows: ["shares"],
    },
  ),
  row("a method goes", "[GET, POST]", "[GET]", {
    told: ["routes changed: methods GET, POST -> GET @[ @["],
    shows: ["refused"],
  }),
  row("a method is asked for", "path: /api,", "path: /api, methods: [GET],", {
    told: ["routes changed: methods none -> GET @- @["],
    shows: ["refused"],
  }),
  row("a field has another value", 'X-Beta: "1"', 'X-Beta: "2"', {
    told: ['routes changed: headers.x-beta 1 -> 2 @"1" @"2"'],
    shows: ["refused", "served", "refusal"],
  }),
  row("a field is asked for no more", 'headers: { X-Beta: "1" }, ', "", {
    told: ['routes changed: headers.x-beta 1 -> none @"1" @-'],
    shows: ["served", "refusal"],
  }),
  row("a field's pattern", 'X-Beta: "1"', 'X-Beta: { regex: "^[12]$" }', {
    told: ['routes changed: headers.x-beta 1 -> /^[12]$/ @"1" @{'],
    shows: [],
  }),
  row("a parameter has a value", "q: { present: true }", "q: page", {
    told: ["routes changed: query.q (any) -> page @{ @page"],
    shows: ["refused", "refusal"],
  }),
  row("a host", "host: shop.example, path: /api", "host: api.example, path: /api", {
    told: ["routes changed: host shop.example -> api.example @shop.example @api.example"],
    // The new host leaves what other routes without a host had.
    shows: ["refused", "refusal", "upstream"],
  }),
  row("one more host", "host: shop.example, path: /api", "host: [shop.example, api.example], path: /api", {
    told: ["routes changed: host shop.example -> api.example, shop.example @shop.example @["],
    shows: ["refused", "upstream"],
  }),
  row("a redirect leads elsewhere", 'to: "/new"', 'to: "/newer"', {
    told: ['routes changed: redirect.to /new -> /newer @"/new" @"/newer"'],
    shows: ["redirect"],
  }),
  row("a redirect's status", "status: 301", "status: 308", {
    told: ["routes changed: redirect.status 301 -> 308 @301 @308"],
    shows: ["redirect"],
  }),
  row("a redirect becomes an answer", 'redirect: { to: "/new", status: 301 }', "respond: { status: 410 }", {
    told: [
      'routes changed: redirect.to /new -> none @"/new" @-',
      "routes changed: redirect.status 301 -> none @301 @-",
      "routes changed: respond.status none -> 410 @- @410",
    ],
    shows: ["action"],
  }),
  row("the text of an answer", "body: hello", "body: bye", {
    told: ["routes changed: respond.body hello -> bye @hello @bye"],
    shows: ["respond"],
  }),
  row("a field of an answer", 'x-a: "1"', 'x-a: "2"', {
    told: ['routes changed: respond.headers.x-a 1 -> 2 @"1" @"2"'],
    shows: ["respond"],
  }),
  row("a route's limit", "body: 2MiB", "body: 3MiB", {
    told: ["routes changed: limits.body 2MiB -> 3MiB @2MiB @3MiB"],
    shows: ["served", "bounds"],
  }),
  row("a route's timeout", "idle: 9s", "idle: 8s", {
    told: ["routes changed: timeouts.idle 9s -> 8s @9s @8s"],
    shows: ["bounds"],
  }),
  row("everybody's timeout", "response: 40s", "response: 30s", {
    told: ["settings: timeouts.response 40s -> 30s @40s @30s"],
    shows: ["bounds"],
  }),
  row("everybody's limit", "limits: { body: 1MiB }", "limits: { body: 1KiB }", {
    told: ["settings: limits.body 1MiB -> 1KiB @1MiB @1KiB"],
    shows: ["refused", "bounds"],
  }),
  row(
    "the length of a head",
    "limits: { body: 1MiB }",
    "limits: { body: 1MiB, head: 1KiB, fields: 10, line: 500B }",
    {
      told: [
        "settings: limits.head 32KiB -> 1KiB @- @1KiB",
        "settings: limits.fields 100 -> 10 @- @10",
        "settings: limits.line 8KiB -> 500B @- @500B",
      ],
      shows: ["refused"],
    },
  ),
  row(
    "whom to trust",
    "timeouts: { response: 40s }",
    "timeouts: { response: 40s }\n  trusted_proxies: [10.0.0.0/8]",
    {
      told: ["settings: trusted_proxies none -> 10.0.0.0/8 @- @["],
      shows: ["fields"],
    },
  ),
  row(
    "a field that is added to requests",
    "timeouts: { response: 40s }",
    "timeouts: { response: 40s }\n  via: off",
    {
      told: ["settings: via on -> off @- @off"],
      shows: ["fields"],
    },
  ),
  row(
    "the text for not found",
    "timeouts: { response: 40s }",
    "timeouts: { response: 40s }\n  not_found_message: gone",
    {
      told: ["settings: not_found_message not found -> gone @- @gone"],
      shows: ["refusal"],
    },
  ),
  row(
    "what no request shows",
    "timeouts: { response: 40s }",
    "timeouts: { response: 40s }\n  pool: { idle: 5 }",
    {
      told: ["settings: pool.idle 256 -> 5 @- @5"],
      shows: [],
    },
  ),
  row("a listener moves", "address: 8080", "address: 8081", {
    told: [
      "listeners added http at :8081 @web:",
      "listeners removed http at :8080 @web:",
      ...nine("listen :8080 -> :8081"),
    ],
    shows: ["deaf", "heard"],
  }),
  row("a route is heard at one more port", "listen: web, path: /,", "listen: [web, 8081], path: /,", {
    told: ["listeners added http @8081", "routes changed: listen :8080 -> :8080, :8081 @web @["],
    shows: ["heard"],
  }),
  row("the order of patterns", /(.*v\[0-9\].*\n)(.*\/x\$.*\n)/, "$2$1", {
    told: ["order shop/6 before shop/7: /v0/x"],
    shows: ["upstream"],
  }),
  row("a pattern", '"^/v[0-9]+/"', '"^/v[0-8]+/"', {
    told: ["routes changed: path pattern ^/v[0-9]+/ -> pattern ^/v[0-8]+/ @{ @{"],
    shows: ["refused"],
  }),
  row(
    "a route comes",
    "routes:\n",
    "routes:\n  - { listen: web, host: shop.example, path: /api/v2, upstream: pages }\n",
    {
      told: ["routes added :8080 shop.example prefix /api/v2 -> pages @{"],
      shows: ["upstream", "route"],
    },
  ),
  row("a route goes", /.*robots.txt.*\n/, "", {
    told: ["routes removed :8080 shop.example prefix /robots.txt -> respond 200 @{"],
    shows: ["refused", "refusal"],
  }),
  row("a tunnel leads elsewhere", "10.0.0.5:5432", "10.0.0.6:5432", {
    told: [
      'routes changed: target 10.0.0.5:5432 weight 1 -> none @"10.0.0.5:5432" @-',
      'routes changed: target 10.0.0.6:5432 none -> weight 1 @- @"10.0.0.6:5432"',
    ],
    shows: ["upstream"],
  }),
  row(
    "how long a tunnel's client is held",
    '[ "10.0.0.5:5432" ]',
    '[ "10.0.0.5:5432" ], reconnect: { every: 3s }',
    {
      told: ["routes changed: reconnect.every 10s -> 3s @- @3s"],
      shows: [],
    },
  ),
  row("a timeout of everybody reaches tunnels too", "{ response: 40s }", "{ response: 40s, idle: 60s }", {
    told: ["routes changed: timeouts.idle 10m -> 1m @- @60s"],
    shows: ["bounds"],
  }),
];

describe("one edit", () => {
  for (const { edit, replace, by, told, shows } of ROWS) {
    test(edit, async () => {
      const edited = BASE.replace(replace, by);
      const { changes, requests } = await planOf(BASE, edited);
      expect(
        toldIn(
          changes,
          new Map([
            ["old.yaml", BASE],
            ["new.yaml", edited],
          ]),
        ),
      ).toEqual([...told]);
      const kinds = new Set(requests.groups.map(({ differences }) => differences[0]!));
      expect([...kinds].sort()).toEqual([...shows].sort());
    });
  }
});

function row(edit: string, replace: Row["replace"], by: string, rest: Pick<Row, "told" | "shows">): Row {
  return { edit, replace, by, ...rest };
}

function nine(value: string): string[] {
  return Array.from({ length: 9 }, () => `routes changed: ${value} @web @web`);
}

type Texts = ReadonlyMap<string, string>;

function toldIn(
  { routes, order, upstreams, listeners, settings }: ConfigurationChanges,
  texts: Texts,
): string[] {
  return [
    ...listeners.flatMap((change) => toldItem("listeners", change, texts)),
    ...upstreams.flatMap((change) => toldItem("upstreams", change, texts)),
    ...routes.flatMap((change) => toldItem("routes", change, texts)),
    ...order.map(({ first, second, example }) => `order ${first.name} before ${second.name}: ${example}`),
    ...settings.map((change) => `settings: ${toldValue(change, texts)}`),
  ];
}

function toldItem(section: string, change: ItemChange, texts: Texts): string[] {
  if (change.kind === "changed") {
    return change.values.map((value) => `${section} changed: ${toldValue(value, texts)}`);
  }
  const { summary, origin } = change.kind === "added" ? change.after : change.before;
  return [`${section} ${change.kind} ${summary} @${wordAt(origin, texts)}`];
}

function toldValue({ name, before, after }: ValueChange, texts: Texts): string {
  const at = [before, after].map((value) => `@${value?.origin == null ? "-" : wordAt(value.origin, texts)}`);
  return `${name} ${before?.text ?? "none"} -> ${after?.text ?? "none"} ${at.join(" ")}`;
}

/** A quoted text whole, anything else up to the next mark. */
function wordAt({ file, line, column }: Origin, texts: Texts): string {
  const text = texts
    .get(file)!
    .split("\n")
    [line - 1]!.slice(column - 1);
  return /^(?:"[^"]*"|[\w./:-]+|.)/.exec(text)![0];
}
