/** A plan as data, for `--json`. Keys only ever get more. */
import { explanationAsData } from "../../explain/explanation-data.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { DifferenceGroup } from "../difference/ask-both.ts";
import { wouldChange } from "../make-plan.ts";
import type { Plan, RequestComparison } from "../plan.ts";
import type { Item, ItemChange, OrderChange, Value, ValueChange } from "../structure/change.ts";
import type { TrafficReport } from "../traffic/traffic-report.ts";
import { explainExample } from "./example.ts";

export function planAsData(plan: Plan): unknown {
  const { changes, requests, before, after } = plan;
  const redact = (text: string) => after.secrets.redact(before.secrets.redact(text));
  return {
    ok: true,
    would_change: wouldChange(plan),
    routes: redacted(changes.routes.map(itemChangeAsData), redact),
    order: redacted(changes.order.map(orderAsData), redact),
    upstreams: redacted(changes.upstreams.map(itemChangeAsData), redact),
    listeners: redacted(changes.listeners.map(itemChangeAsData), redact),
    settings: redacted(changes.settings.map(valueChangeAsData), redact),
    requests: { ...countsAsData(requests), groups: requests.groups.map((group) => groupAsData(group, plan)) },
  };
}

function itemChangeAsData(change: ItemChange): unknown {
  return {
    kind: change.kind,
    before: change.kind === "added" ? null : itemAsData(change.before),
    after: change.kind === "removed" ? null : itemAsData(change.after),
    values: change.kind === "changed" ? change.values.map(valueChangeAsData) : [],
  };
}

function itemAsData({ name, summary, origin }: Item): unknown {
  return { name, summary, ...origin };
}

function orderAsData({ first, second, example }: OrderChange): unknown {
  return { first: itemAsData(first), second: itemAsData(second), example };
}

function valueChangeAsData({ name, before, after }: ValueChange): unknown {
  return { name, before: before && valueAsData(before), after: after && valueAsData(after) };
}

function valueAsData({ text, from, origin }: Value): unknown {
  const { file, line, column } = origin ?? { file: null, line: null, column: null };
  return { text, from, file, line, column };
}

function countsAsData({ asked, different, traffic, assumed, isBoundaryCut }: RequestComparison) {
  return {
    asked,
    different,
    traffic: traffic.map(trafficAsData),
    assumed_hosts: assumed.hosts,
    assumed_listeners: assumed.listeners,
    boundary_cut: isBoundaryCut,
  };
}

function trafficAsData(report: TrafficReport): unknown {
  const { name, requests, others, unreadable, examples, unplaced, withoutHost, withoutListener } = report;
  return {
    name,
    requests,
    others,
    unreadable,
    first_unreadable: examples,
    without_listening_port: unplaced,
    without_host: withoutHost,
    without_listener: withoutListener,
  };
}

function groupAsData(group: DifferenceGroup, plan: Plan): unknown {
  const { differences, before, after, isMixed, counts } = group;
  const example = explainExample(group, plan);
  const explained = {
    request: requestAsData(example.request),
    before: example.before && explanationAsData(example.before),
    after: example.after && explanationAsData(example.after),
  };
  return {
    differences,
    before,
    after,
    mixed: isMixed,
    counts,
    example: redacted(explained, example.redact),
  };
}

function requestAsData({ method, url, headers, from, socket }: AskedRequest): unknown {
  const fields = headers.map(([name, value]) => `${name}: ${value}`);
  return { listener: socket.key, method, url: url.text, headers: fields, from };
}

/** Texts alone: a secret called `true` must not turn every flag into `***`. */
function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((each) => redacted(each, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner, redact)]));
}
