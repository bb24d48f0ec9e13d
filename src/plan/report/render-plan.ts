/** A plan as people read it: first what is different in the configurations, then what that does to requests. */
import { wouldChange } from "../make-plan.ts";
import type { Plan, RequestComparison } from "../plan.ts";
import type { TrafficReport } from "../traffic/traffic-report.ts";
import { renderChanges } from "./render-changes.ts";
import { renderGroups } from "./render-groups.ts";
import { countsText, countText, shown } from "./words.ts";

/** Ends in a newline. */
export function renderPlan(plan: Plan): string {
  const { before, after, requests } = plan;
  const redact = (text: string) => after.secrets.redact(before.secrets.redact(text));
  const paragraphs = [
    ...renderChanges(plan.changes).map(redact),
    [requestSummary(requests), ...notes(requests)].join("\n"),
    ...renderGroups(plan),
    ...(wouldChange(plan) ? [] : ["Nothing would change."]),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function requestSummary({ asked, different }: RequestComparison): string {
  const compared = `Requests: ${countsText(asked)} compared`;
  if (different.traffic + different.boundary === 0) return `${compared}, all would be answered alike`;
  return `${compared}, ${countsText(different)} would be answered differently`;
}

/** What the counts do not tell. */
function notes({ traffic, assumed, asked, isBoundaryCut }: RequestComparison): string[] {
  return [
    ...traffic.flatMap(trafficNotes),
    ...assumptionNotes(traffic, assumed),
    ...(isBoundaryCut
      ? [
          `  only the first ${countText(asked.boundary, "boundary case")} were tried, those of changed routes first`,
        ]
      : []),
  ];
}

function trafficNotes({ name, requests, others, unreadable, examples, unplaced }: TrafficReport): string[] {
  const places = examples.map(({ where, reason }) => `${where}: ${reason}`);
  const rest = unreadable - examples.length;
  if (rest > 0) places.push(`and ${rest.toLocaleString("en")} more`);
  return [
    `  ${shown(name)}: ${countText(requests, "request")}${others === 0 ? "" : `, ${countText(others, "record")} of other kinds left aside`}`,
    ...(unreadable === 0
      ? []
      : [`  ${shown(name)}: ${unreadable.toLocaleString("en")} unreadable (${places.join("; ")})`]),
    ...(unplaced === 0
      ? []
      : [
          `  ${shown(name)}: ${countText(unplaced, "request")} to a port on which neither configuration listens`,
        ]),
  ];
}

function assumptionNotes(traffic: readonly TrafficReport[], assumed: RequestComparison["assumed"]): string[] {
  const total = (key: "withoutHost" | "withoutListener") =>
    traffic.reduce((sum, report) => sum + report[key], 0);
  const { hosts, listeners, isCut } = assumed;
  const [hostless, portless] = [total("withoutHost"), total("withoutListener")];
  return [
    ...(hostless > 0 ? [`  no host is recorded: ${hostsText(hosts)}`] : []),
    ...(portless > 0 && listeners.length > 1
      ? [`  no known listener is recorded: each was tried at ${listeners.join(", ")}`]
      : []),
    ...(isCut && hostless + portless > 0 ? ["  there are more of these than were tried"] : []),
  ];
}

function hostsText(hosts: readonly string[]): string {
  if (hosts.length === 1) return `${hosts[0]} is assumed`;
  return `each was tried for ${hosts.join(", ")} (--host picks one)`;
}
