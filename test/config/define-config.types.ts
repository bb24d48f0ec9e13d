/**
 * What the types of "portward" take and refuse. Nothing runs it: the compiler does, in `npm test`, and an expected
 * error that does not come is one.
 */
import { defineConfig, env, type PortwardConfig, secretFile } from "portward";

defineConfig({
  name: "shop",
  include: "routes/*.yaml",
  settings: { via: "off", drain: env("DRAIN", "5s"), limits: { fields: env("FIELDS"), body: "10MiB" } },
  upstreams: { api: { targets: ["10.0.0.1:3000", { host: "10.0.0.2", port: env("PORT"), weight: 2 }] } },
  routes: [
    { listen: 5000, path: "/api", upstream: "api", timeouts: { response: "off" } },
    { kind: "tcp", listen: ["db", 5432], targets: ["unix:/run/db.sock"], reconnect: { every: "1s" } },
    { listen: 5000, path: { regex: "^/v" }, respond: { headers: { "x-key": secretFile("/run/key") } } },
    { listen: 5000, path: "/old", host: undefined, redirect: { to: "/new", status: 308 } },
  ],
  tests: [{ request: "GET http://shop.example/", expect: { status: 404, headers: { "x-a": null } } }],
});

const part = { routes: [{ listen: 5000, path: "/", respond: {} }] } as const satisfies PortwardConfig;
defineConfig({ ...part, name: "whole" });

// @ts-expect-error: a key that nothing knows
defineConfig({ rotues: [] });
// @ts-expect-error: a route needs a place to listen
defineConfig({ routes: [{ path: "/" }] });
// @ts-expect-error: a word that is none of those
defineConfig({ upstreams: { api: { targets: ["10.0.0.1:3000"], balance: "fastest" } } });
// @ts-expect-error: a number without its unit
defineConfig({ settings: { drain: 5 } });
// @ts-expect-error: no redirect
defineConfig({ routes: [{ listen: 5000, path: "/", redirect: { to: "/", status: 200 } }] });
// @ts-expect-error: text that is no reference, where a number is meant
defineConfig({ upstreams: { api: { targets: [{ host: "a", port: "3000" }] } } });
