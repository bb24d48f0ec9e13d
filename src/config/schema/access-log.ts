/** `settings.access_log`: one log or several; where each goes, how its lines look, and which exchanges have one. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { AccessLogModel, RotationModel } from "../model.ts";
import { parseFieldName } from "../values/header-field.ts";
import { parseLineFormat } from "../values/line-format.ts";
import { parseLogDestination } from "../values/log-destination.ts";
import { parseStatusRange } from "../values/status-range.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, choice, converted, count, duration, freeText, onOff, ratio, size, textOf } from "./values.ts";

const FORMS = "`off`, `stdout`, a path or `syslog`";

/** By their numbers in RFC 5424; those from 12 to 15 have no name of their own. */
const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;
const DEFAULT_FACILITY = "local7";
const LOCAL = FACILITIES.indexOf("local0");
const LOCAL_GAP = 4;

const rotate = noted(
  z.strictObject({
    size: size(1024).optional().describe("Start a new file before this one grows beyond this."),
    age: duration(1000).optional().describe("Start a new file when this one is so old, with its next line."),
    keep: count(0, 10_000).prefault(7).describe("How many old files are kept beside the one written to."),
    gzip: onOff().prefault("off").describe("Compress old files."),
  }),
  { called: "`rotate`" },
);

const syslog = noted(
  z.strictObject({
    facility: choice(FACILITIES).prefault(DEFAULT_FACILITY).describe("The facility of RFC 5424."),
    app_name: textOf("up to 48 visible characters", parseAppName)
      .prefault("portward")
      .describe("Who speaks, for the server."),
  }),
  { called: "`syslog`" },
);

const STATUS_FORMS = "a status such as `404`, `5xx` or `400-499`";
const status = noted(
  z.union([
    textOf(STATUS_FORMS, parseStatusRange),
    converted(z.int(), (value) => parseStatusRange(String(value))),
  ]),
  { expects: STATUS_FORMS },
);

const fieldNames = (whose: string) =>
  z
    .array(textOf("the name of a header field", parseFieldName))
    .optional()
    .meta(about(`Header fields of the ${whose} whose values are shown, in \`json\`.`, ["user-agent"]));

const logMap = noted(
  z.strictObject({
    to: textOf("`stdout`, a path or `syslog`", parseLogDestination).meta(
      about("Where lines go.", "/var/log/portward/access.log", "stdout", "syslog+udp://10.0.0.1:514"),
    ),
    format: textOf("`json`, `combined` or a template", parseLineFormat)
      .prefault("json")
      .meta(about("How a line looks.", "json", "combined", '{client} "{method} {path}" {status} {total_ms}')),
    request_headers: fieldNames("request"),
    response_headers: fieldNames("answer"),
    routes: z
      .array(freeText("the label of a route"))
      .min(1)
      .optional()
      .meta(about("Only exchanges of these routes.", ["shop/0", "api/*"])),
    status: z
      .array(status)
      .min(1)
      .optional()
      .meta(about("Only answers with these.", ["5xx", "404", "400-499"])),
    sample: ratio().optional().describe("The share of the lines that is written, from 0 to 1."),
    slow: duration().optional().describe("What takes so long is written whatever `status` and `sample` say."),
    errors: onOff().optional().describe("Whether failures are written whatever they say. `on` unless set."),
    rotate: rotate.optional().describe("Start new files, and remove old ones."),
    syslog: syslog.optional().describe("What a syslog server is told beside the line."),
  }),
  {
    called: "an access log",
    elsewhere: {
      path: "the file stands in `to`",
      file: "the file stands in `to`",
      size: "write it in `rotate`",
    },
  },
);

type LogInput = z.output<typeof logMap>;

const oneLog = noted(
  z.union([textOf(FORMS, logOfText), converted(logMap, logOfMap)]).meta({ id: "accessLog" }),
  { expects: `${FORMS}, or a map with \`to\`` },
);

/** An empty list for `off`. */
export const accessLog = noted(
  z.union([
    oneLog.transform((log) => (log === null ? [] : [log])),
    converted(z.array(oneLog), (logs): Result<AccessLogModel[], ValueFault> => {
      const index = logs.indexOf(null);
      if (index < 0) return ok(logs as AccessLogModel[]);
      return fault("config.bad_value", "`off` is for no log at all", "take it out of the list", [index]);
    }),
  ]),
  { expects: `${FORMS}, a map with \`to\`, or a list of these` },
);

/** Null for `off`. */
function logOfText(text: string): Result<AccessLogModel | null, ValueFault> {
  if (text === "off") return ok(null);
  const to = parseLogDestination(text);
  return to.ok ? ok(modelOf({ to: to.value, format: null })) : to;
}

function logOfMap(input: LogInput): Result<AccessLogModel, ValueFault> {
  const useless = uselessKey(input);
  if (useless === null) return ok(modelOf(input));
  const [key, reason] = useless;
  return fault("config.not_applicable", `\`${key}\` has no effect here: ${reason}`, null, [key]);
}

/** A key that is accepted and does nothing is a trap. */
function uselessKey(input: LogInput): readonly [key: string, reason: string] | null {
  const { to, format, rotate, syslog, slow, errors, status, sample } = input;
  if (rotate !== undefined && to.kind !== "file") return ["rotate", "only a file can be started anew"];
  if (rotate !== undefined && rotate.size === undefined && rotate.age === undefined) {
    return ["rotate", "it has neither `size` nor `age`"];
  }
  if (syslog !== undefined && to.kind !== "syslog")
    return ["syslog", "the log does not go to a syslog server"];
  const writesAll = status === undefined && sample === undefined;
  if (slow !== undefined && writesAll) return ["slow", "without `status` or `sample` all is written anyway"];
  if (errors !== undefined && writesAll)
    return ["errors", "without `status` or `sample` all is written anyway"];
  if (format === null) return null;
  const list = (["request_headers", "response_headers"] as const).find((key) => input[key] !== undefined);
  return list === undefined ? null : [list, `a template says \`{${list}.NAME}\``];
}

function modelOf(input: Pick<LogInput, "to" | "format"> & Partial<LogInput>): AccessLogModel {
  return {
    to: destinationOf(input),
    format: input.format,
    requestFields: input.request_headers ?? [],
    answerFields: input.response_headers ?? [],
    only: {
      routes: input.routes ?? [],
      statuses: input.status ?? [],
      sample: input.sample ?? 1,
      slowMs: input.slow ?? Number.POSITIVE_INFINITY,
      errors: input.errors ?? true,
    },
  };
}

function destinationOf({
  to,
  rotate,
  syslog,
}: Pick<LogInput, "to"> & Partial<LogInput>): AccessLogModel["to"] {
  if (to.kind === "stdout") return to;
  if (to.kind === "file") return { ...to, rotate: rotate === undefined ? null : rotationOf(rotate) };
  const facility = FACILITIES.indexOf(syslog?.facility ?? DEFAULT_FACILITY);
  return {
    ...to,
    facility: facility + (facility < LOCAL ? 0 : LOCAL_GAP),
    appName: syslog?.app_name ?? "portward",
  };
}

function rotationOf({ size, age, keep, gzip }: z.output<typeof rotate>): RotationModel {
  return {
    sizeBytes: size ?? Number.POSITIVE_INFINITY,
    ageMs: age ?? Number.POSITIVE_INFINITY,
    keep,
    gzip,
  };
}

/** RFC 5424 section 6.2.1: visible ASCII, at most 48. */
function parseAppName(text: string): Result<string, ValueFault> {
  if (/^[\x21-\x7e]{1,48}$/.test(text)) return ok(text);
  return fault("config.bad_value", `${quoted(text)} is not 1 to 48 visible characters of ASCII`);
}
