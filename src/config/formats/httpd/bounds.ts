/** Timeouts and limits: those outside of hosts become settings, the others stand on the routes. */
import { quoted } from "../../diagnostics/wording.ts";
import { formatDuration } from "../../values/duration.ts";
import { formatSize } from "../../values/size.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type {
  SettingsDraft,
  SettingsLimitsDraft,
  SettingsTimeoutsDraft,
  TimeoutsDraft,
} from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";

/** What is set outside of all hosts. */
export function mainSettings(main: Scope, findings: Findings): SettingsDraft {
  const timeouts: SettingsTimeoutsDraft = {};
  const limits: SettingsLimitsDraft = {};
  const keepAlive = durationIn(main.own("keepalivetimeout").at(-1), findings);
  if (keepAlive !== null) timeouts.keep_alive = keepAlive;
  const requests = countIn(main.own("maxkeepaliverequests").at(-1), findings);
  if (requests !== null) limits.requests_per_connection = requests;
  const fields = countIn(main.own("limitrequestfields").at(-1), findings);
  if (fields !== null) limits.fields = fields;
  const line = countIn(main.own("limitrequestline").at(-1), findings);
  if (line !== null) limits.line = formatSize(line);
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
  };
}

/** The timeouts of a route whose `ProxyPass` has these words behind its URL. */
export function passTimeouts(pass: Directive, scope: Scope, findings: Findings): TimeoutsDraft {
  const timeouts: TimeoutsDraft = {};
  const general = scope.inForce("proxytimeout") ?? scope.inForce("timeout");
  const wait = durationIn(general ?? undefined, findings);
  if (wait !== null) Object.assign(timeouts, { response: wait, idle: wait });
  for (const word of pass.words) {
    const [, key, value] = /^(timeout|connectiontimeout)=(.*)$/i.exec(word.text) ?? [];
    if (key === undefined) continue;
    const text = durationIn({ ...pass, head: word, words: [{ ...word, text: value! }] }, findings);
    if (text === null) continue;
    if (key.toLowerCase() === "timeout") Object.assign(timeouts, { response: text, idle: text });
    else timeouts.connect = text;
  }
  return timeouts;
}

/** Seconds unless a unit is given. */
function durationIn(directive: Directive | undefined, findings: Findings): string | null {
  if (directive === undefined) return null;
  const [, digits, unit = "s"] = /^([0-9]{1,9})(ms|s|mi|m|h)?$/i.exec(argument(directive, 0)) ?? [];
  const ms = digits === undefined ? 0 : Number(digits) * UNIT_MS.get(unit.toLowerCase())!;
  if (digits === undefined) {
    findings.error("convert.value", directive.head, `${quoted(argument(directive, 0))} is not a time`);
  } else if (ms === 0) {
    findings.note("convert.not_carried", directive.head, "a time of zero is not carried over");
  }
  return ms === 0 ? null : formatDuration(ms);
}

function countIn(directive: Directive | undefined, findings: Findings): number | null {
  if (directive === undefined) return null;
  const count = Number(argument(directive, 0));
  if (Number.isInteger(count) && count > 0) return count;
  const message = `${quoted(directive.label)} without a limit is not carried over`;
  findings.note("convert.not_carried", directive.head, message);
  return null;
}

const UNIT_MS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["mi", 60_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
