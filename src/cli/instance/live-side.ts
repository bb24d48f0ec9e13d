/** The configuration that an instance serves by, and the requests that it has just answered, for `plan --live`. */
import { configurationOfView, configurationViewOf } from "../../admin/answers/configuration.ts";
import { redacted } from "../../admin/answers/redacted.ts";
import type { ConfigurationView, RequestsView } from "../../admin/views.ts";
import { err, ok, type Result } from "../../base/result.ts";
import { compileHttp } from "../../compile/compile-snapshot.ts";
import type { Configuration } from "../../config/model.ts";
import { type Outline, provenanceOfOutline } from "../../config/outline.ts";
import { Secrets } from "../../config/references/secrets.ts";
import { inertUpstreams } from "../../explain/inert-upstreams.ts";
import type { TrafficSource } from "../../plan/make-plan.ts";
import type { LoadedSide } from "../../plan/side.ts";
import { askInstance, type InstanceAddress } from "./ask-instance.ts";

/** @returns what to tell when it cannot be had */
export async function liveSide(instance: InstanceAddress): Promise<Result<LoadedSide, string>> {
  const path = "/api/config?places=true";
  const answer = await askInstance<ConfigurationView>(instance, { method: "GET", path });
  if (!answer.ok) return answer;
  const { places, ...view } = answer.value.body;
  const configuration = configurationOfView(view as ConfigurationView);
  if (!compiles(configuration)) return err(NEEDS_SECRETS);
  const provenance = provenanceOfOutline(places as unknown as Outline);
  return ok({ configuration, provenance, secrets: new Secrets() });
}

/** An instance does not tell its secrets, so whatever is compared with it is compared without its own. */
export function withoutSecrets({ configuration, provenance, secrets }: LoadedSide): LoadedSide {
  const view = redacted(configurationViewOf(configuration), secrets);
  return { configuration: configurationOfView(view), provenance, secrets };
}

export async function liveTraffic(instance: InstanceAddress): Promise<Result<TrafficSource, string>> {
  const path = "/api/requests?limit=10000";
  const answer = await askInstance<RequestsView>(instance, { method: "GET", path });
  if (!answer.ok) return answer;
  const lines = answer.value.body.requests.map((request) => `${lineOf(request)}\n`);
  return ok({ name: `recent requests of ${instance.admin}`, pieces: () => chunksOf(lines) });
}

async function* chunksOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.join(""));
}

/** In the words of the access log, which plan reads already. */
function lineOf(request: RequestsView["requests"][number]): string {
  const { cut, field_names, method, path, host, listener, client } = request;
  return JSON.stringify({ ...EXCHANGE, method, path, host, listener, client, field_names, cut });
}

/** A pattern with a secret in it may be none without. */
function compiles(configuration: Configuration): boolean {
  const upstreams = inertUpstreams(configuration);
  return configuration.listeners
    .filter(({ protocol }) => protocol === "http")
    .every((listener) => compileHttp(configuration, listener, upstreams).ok);
}

const EXCHANGE = { event: "exchange", kind: "http" };
const NEEDS_SECRETS = `the instance's configuration has a secret in a place without which nothing can be compared, and it does not tell secrets
  help: name the configuration as it was with --against`;
