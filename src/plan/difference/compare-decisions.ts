/**
 * What is different between two decisions about one request. Runs for every request of a log, so alike is found out
 * first: for most it takes a comparison of the bytes that go upstream.
 */
import type { Decision, HttpPart, Outcome } from "../../explain/decision.ts";
import type { Side } from "../side.ts";
import { boundsKey } from "../structure/bounds.ts";
import type { RouteComparison } from "../structure/routes.ts";
import { targetsKey, upstreamKey } from "../structure/upstreams.ts";
import type { Difference } from "./difference.ts";

export class DecisionComparer {
  readonly #before: Facts;
  readonly #after: Facts;
  readonly #routes: RouteComparison;
  /** By both labels. */
  readonly #same = new Map<string, Map<string, boolean>>();

  constructor(before: Side, after: Side, routes: RouteComparison) {
    this.#before = new Facts(before);
    this.#after = new Facts(after);
    this.#routes = routes;
  }

  /** Empty when the request is answered alike. */
  differences(before: Decision, after: Decision): readonly Difference[] {
    const found = this.#answers(before, after);
    if (found.length > 0 || this.#isSameRoute(before.route, after.route)) return found;
    return ONLY_THE_ROUTE;
  }

  #answers(before: Decision, after: Decision): readonly Difference[] {
    const [was, is] = [before.outcome, after.outcome];
    if (was.kind === "forwarded" && is.kind === "forwarded") return this.#forwarded(before, after, was, is);
    if (was.kind === "tunnelled" && is.kind === "tunnelled") {
      return [...this.#where(was.upstream, is.upstream), ...this.#bounds(before, after)];
    }
    if (was.kind === "answered" && is.kind === "answered") return this.#answered(before, after, was, is);
    if (was.kind === "refused" && is.kind === "refused") {
      return isSameRefusal(was, is, before.http!, after.http!) ? NONE : ["refusal"];
    }
    return was.kind === is.kind ? NONE : [otherKind(was, is)];
  }

  #forwarded(before: Decision, after: Decision, was: Forwarded, is: Forwarded): readonly Difference[] {
    const where = this.#where(was.upstream.name, is.upstream.name);
    const bounds = this.#bounds(before, after);
    if (was.sent.bytes.equals(is.sent.bytes)) return [...where, ...bounds];
    const isPath = was.sent.path !== is.sent.path;
    const rest = (bytes: Buffer) => bytes.subarray(bytes.indexOf("\r\n"));
    const isFields = !rest(was.sent.bytes).equals(rest(is.sent.bytes));
    return [
      ...where,
      ...(isPath ? (["path"] as const) : []),
      ...(isFields ? (["fields"] as const) : []),
      ...bounds,
    ];
  }

  #where(was: string, is: string): readonly Difference[] {
    const [old, fresh] = [this.#before.upstreams.get(was)!, this.#after.upstreams.get(is)!];
    if (old.key === fresh.key) return NONE;
    return [old.targets === fresh.targets ? "shares" : "upstream"];
  }

  #bounds(before: Decision, after: Decision): readonly Difference[] {
    const same = this.#before.bounds.get(before.route!) === this.#after.bounds.get(after.route!);
    return same ? NONE : ["bounds"];
  }

  #answered(before: Decision, after: Decision, was: Answered, is: Answered): readonly Difference[] {
    const same = was.status === is.status && was.body.equals(is.body) && fieldsKey(was) === fieldsKey(is);
    if (same) return NONE;
    const [old, fresh] = [answerKind(before), answerKind(after)];
    return [old === fresh ? old : "action"];
  }

  #isSameRoute(was: string | null, is: string | null): boolean {
    if (was === null || is === null) return was === is;
    const known = this.#same.get(was)?.get(is);
    if (known !== undefined) return known;
    const same = this.#routes.isSame(was, is);
    const row = this.#same.get(was) ?? new Map<string, boolean>();
    this.#same.set(was, row.set(is, same));
    return same;
  }
}

type Forwarded = Extract<Outcome, { kind: "forwarded" }>;
type Answered = Extract<Outcome, { kind: "answered" }>;
type Refused = Extract<Outcome, { kind: "refused" }>;

/** What is compared of a configuration again and again, in a form that is quick to compare. */
class Facts {
  /** By name. */
  readonly upstreams: ReadonlyMap<string, { readonly key: string; readonly targets: string }>;
  /** By the route's label. */
  readonly bounds: ReadonlyMap<string, string>;

  constructor({ upstreams, routes }: Side) {
    this.upstreams = new Map(
      [...upstreams].map(([name, each]) => [name, { key: upstreamKey(each), targets: targetsKey(each) }]),
    );
    this.bounds = new Map([...routes].map(([label, route]) => [label, boundsKey(route)]));
  }
}

function otherKind(was: Outcome, is: Outcome): Difference {
  if (is.kind === "unheard") return "deaf";
  if (was.kind === "unheard") return "heard";
  if (is.kind === "refused") return "refused";
  return was.kind === "refused" ? "served" : "action";
}

function isSameRefusal(was: Refused, is: Refused, before: HttpPart, after: HttpPart): boolean {
  const [old, fresh] = [was.error, is.error];
  if (old.code !== fresh.code || old.rule !== fresh.rule) return false;
  if (old.code !== "route.not_found") return true;
  return before.snapshot.notFoundMessage === after.snapshot.notFoundMessage;
}

/** An OPTIONS that ends here is neither; it counts as what its route is. */
function answerKind({ http }: Decision): "redirect" | "respond" {
  return http?.hit?.value.action.kind === "redirect" ? "redirect" : "respond";
}

/** Fields of one name keep their order; of different names it means nothing. */
function fieldsKey({ fields }: Answered): string {
  if (fields.length < 2) return fields.join();
  return JSON.stringify([...fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const NONE: readonly Difference[] = [];
const ONLY_THE_ROUTE: readonly Difference[] = ["route"];
