/** Access logs in a line, for a difference between two configurations. */
import type { AccessLogModel, RotationModel } from "../../config/model.ts";
import { formatDuration } from "../../config/values/duration.ts";
import { formatSize } from "../../config/values/size.ts";
import { COMBINED } from "../../observe/line/template.ts";

export function accessLogText(logs: readonly AccessLogModel[]): string {
  return logs.length === 0 ? "off" : logs.map(logText).join("; ");
}

function logText({ to, format, requestFields, answerFields, only }: AccessLogModel): string {
  const { routes, statuses, sample, slowMs, errors } = only;
  const parts = [
    placeText(to),
    ...(format === null ? [] : [format === COMBINED ? "combined" : format]),
    ...(requestFields.length === 0 ? [] : [`request_headers ${requestFields.join(", ")}`]),
    ...(answerFields.length === 0 ? [] : [`response_headers ${answerFields.join(", ")}`]),
    ...(routes.length === 0 ? [] : [`routes ${routes.join(", ")}`]),
    ...(statuses.length === 0
      ? []
      : [`status ${statuses.map(([first, last]) => `${first}-${last}`).join(", ")}`]),
    ...(sample === 1 ? [] : [`sample ${sample}`]),
    ...(Number.isFinite(slowMs) ? [`slow ${formatDuration(slowMs)}`] : []),
    ...(errors ? [] : ["errors off"]),
  ];
  return parts.join(" ");
}

function placeText(to: AccessLogModel["to"]): string {
  if (to.kind === "stdout") return to.kind;
  if (to.kind === "file") return to.rotate === null ? to.path : `${to.path} ${rotationText(to.rotate)}`;
  const { server, facility, appName } = to;
  const place = server.protocol === "unix" ? server.path : `${server.host}:${server.port}`;
  return `syslog+${server.protocol}:${place} facility ${facility} app_name ${appName}`;
}

function rotationText({ sizeBytes, ageMs, keep, gzip }: RotationModel): string {
  const size = Number.isFinite(sizeBytes) ? ` size ${formatSize(sizeBytes)}` : "";
  const age = Number.isFinite(ageMs) ? ` age ${formatDuration(ageMs)}` : "";
  return `rotate${size}${age} keep ${keep}${gzip ? " gzip" : ""}`;
}
