// Written as TypeScript, because it is made out of a list: one host and one upstream per tenant. The types come from
// the package `portward`; without it the file runs as well.
import { defineConfig, env } from "portward";

const tenants = [
  { name: "north", target: "127.0.0.1:3001" },
  { name: "south", target: "127.0.0.1:3002" },
];

export default defineConfig({
  name: "tenants",
  upstreams: Object.fromEntries(tenants.map(({ name, target }) => [name, { targets: [target] }])),
  routes: [
    ...tenants.map(({ name }) => ({
      listen: 8080,
      host: `${name}.shop.example`,
      path: "/",
      upstream: name,
    })),
    // The text is filled in where the configuration is read, not where it is evaluated.
    {
      listen: 8080,
      path: "/",
      respond: { status: 404, body: `${env("SHOP_NAME", "the shop")} has no such tenant\n` },
    },
  ],
  tests: tenants.map(({ name }) => ({
    request: `GET http://${name}.shop.example/cart`,
    expect: { upstream: name, path: "/cart" },
  })),
});
