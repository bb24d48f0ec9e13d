/** All listeners of a configuration, compiled: what each of them will read, or everything that is wrong. */
import { err, ok, type Result } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import { compileHttpInSteps, compileTcp } from "../compile/compile-snapshot.ts";
import type { Configuration, ListenerModel } from "../config/model.ts";
import type { HttpSnapshot, TcpSnapshot } from "../exchange/snapshot.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { compileFailure, type StartFailure } from "./failures.ts";

export type CompiledListener =
  | { readonly protocol: "http"; readonly model: ListenerModel; readonly snapshot: HttpSnapshot }
  | { readonly protocol: "tcp"; readonly model: ListenerModel; readonly snapshot: TcpSnapshot };

export function* compileListeners(
  configuration: Configuration,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
): Steps<Result<CompiledListener[], StartFailure[]>> {
  const failures: StartFailure[] = [];
  const compiled: CompiledListener[] = [];
  for (const model of configuration.listeners) {
    yield;
    if (model.protocol === "tcp") {
      const snapshot = compileTcp(configuration, model, upstreams, meters);
      if (snapshot !== null) compiled.push({ protocol: "tcp", model, snapshot });
      continue;
    }
    const snapshot = yield* compileHttpInSteps(configuration, model, upstreams, meters);
    if (snapshot.ok) compiled.push({ protocol: "http", model, snapshot: snapshot.value });
    else failures.push(...snapshot.error.map((each) => compileFailure(each, model, configuration)));
  }
  return failures.length > 0 ? err(failures) : ok(compiled);
}
