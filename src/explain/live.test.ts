import { expect, test } from "bun:test";
import { parseConfiguration } from "../config/load.ts";
import { parseRequestUrl } from "../config/values/request-url.ts";
import { Explainer } from "./explainer.ts";
import { explanationAsData } from "./explanation-data.ts";
import { type LiveTarget, liveTargets } from "./live.ts";
import { renderExplanation } from "./render-explanation.ts";

const YAML = `
name: shop
upstreams: { api: { targets: ["10.0.0.1:3000", "api.internal:3000", "10.0.0.3:3000"] } }
routes: [{ listen: 8080, path: /, upstream: api }]
`;

function target(name: string, given: Partial<LiveTarget> = {}): LiveTarget {
  return {
    upstream: "api",
    target: name,
    takesRequests: true,
    state: "up",
    failure: null,
    ips: ["10.0.0.1"],
    active: 0,
    idle: 0,
    ...given,
  };
}

function explained(...live: LiveTarget[]) {
  const loaded = parseConfiguration("shop.yaml", YAML);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const url = parseRequestUrl("http://shop.example/");
  if (!url.ok) throw new Error(url.error);
  const request = { method: "GET", url: url.value, headers: [], from: null };
  return new Explainer(loaded.value, liveTargets(live)).explain(request);
}

test("each target says how it is now; a drained one takes nothing, and one that was found is there", () => {
  const text = renderExplanation(
    explained(
      target("10.0.0.1:3000", { active: 3, idle: 2 }),
      target("api.internal:3000", { failure: "ENOTFOUND", ips: [], state: "unresolved" }),
      target("10.0.0.3:3000", { takesRequests: false, state: "drained" }),
      target("10.0.0.9:3000"),
    ),
  );
  expect(text).toContain(`p2c among 3 targets`);
  const lines = text.split("\n").map((line) => line.trim().replace(/\s{2,}/g, "  "));
  const from = lines.indexOf("targets  10.0.0.1:3000  upstream shop.yaml:3:31");
  expect(lines.slice(from, from + 8)).toEqual([
    "targets  10.0.0.1:3000  upstream shop.yaml:3:31",
    "3 under way, 2 kept ready; 10.0.0.1",
    "api.internal:3000  upstream shop.yaml:3:48",
    "its name has no address (ENOTFOUND)",
    "10.0.0.3:3000, takes none: drained  upstream shop.yaml:3:69",
    "0 under way, 0 kept ready; 10.0.0.1",
    "10.0.0.9:3000  upstream shop.yaml:3:14",
    "0 under way, 0 kept ready; 10.0.0.1",
  ]);
});

test("when all are drained the request is refused, as it would be", () => {
  const drained = ["10.0.0.1:3000", "api.internal:3000", "10.0.0.3:3000"].map((name) =>
    target(name, { takesRequests: false, state: "drained" }),
  );
  expect(explanationAsData(explained(...drained))).toMatchObject({
    outcome: { kind: "refused", status: 503, error: "upstream.no_target" },
  });
});
