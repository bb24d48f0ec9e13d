/** All listeners of a configuration, compiled: what each of them will read, or everything that is wrong. */
import { err, ok, type Result } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import { compileEntrance, passedSnapshots } from "../compile/compile-entrance.ts";
import { compileHttpInSteps, compileTcp, ruleMemoryFor } from "../compile/compile-snapshot.ts";
import type { RuleMemory } from "../compile/rule-memory.ts";
import type { Configuration, ListenerModel } from "../config/model.ts";
import type { CertificateSource, EntranceSnapshot } from "../downstream/entrance-snapshot.ts";
import type { Tracer } from "../exchange/exchange-trace.ts";
import type { HttpSnapshot, TcpSnapshot } from "../exchange/snapshot.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { compileFailure, type StartFailure } from "./failures.ts";

export interface CompiledListener {
  readonly model: ListenerModel;
  /** Null where nothing speaks HTTP. */
  readonly http: HttpSnapshot | null;
  /** Of its own tcp route, or of the first that passes TLS on; null where there are no tunnels. */
  readonly tcp: TcpSnapshot | null;
  /** Null: connections are what they are from their first byte. */
  readonly entrance: EntranceSnapshot | null;
}

export function* compileListeners(
  configuration: Configuration,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
  certificates: ReadonlyMap<string, CertificateSource>,
  tracer: Tracer | null,
  memory: RuleMemory,
): Steps<Result<CompiledListener[], StartFailure[]>> {
  const rules = ruleMemoryFor(configuration, meters, memory);
  const failures: StartFailure[] = [];
  const compiled: CompiledListener[] = [];
  for (const model of configuration.listeners) {
    yield;
    const http =
      model.protocol === "http"
        ? yield* compileHttpInSteps(configuration, model, upstreams, meters, tracer, rules)
        : null;
    if (http !== null && !http.ok) {
      failures.push(...http.error.map((each) => compileFailure(each, model, configuration)));
      continue;
    }
    const [passed = null] = passedSnapshots(configuration, model, upstreams, meters);
    const tcp = compileTcp(configuration, model, upstreams, meters) ?? passed;
    const source = certificates.get(model.name) ?? null;
    const entrance = compileEntrance(configuration, model, upstreams, meters, source);
    compiled.push({ model, http: http?.value ?? null, tcp, entrance });
  }
  return failures.length > 0 ? err(failures) : ok(compiled);
}
