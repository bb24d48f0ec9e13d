/** One access log: from a record to bytes that wait for their file, in one go. */
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { AccessLogModel } from "../config/model.ts";
import { LineBatch } from "../io/line-batch.ts";
import { fileOutput, type LogOutput, standardOutput } from "../io/log-output.ts";
import { TcpSyslog } from "../io/syslog/tcp-syslog.ts";
import { UdpSyslog } from "../io/syslog/udp-syslog.ts";
import { UnixSyslog } from "../io/syslog/unix-syslog.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import { createJsonLine } from "../observe/line/json-line.ts";
import { compileFilter } from "../observe/line/line-filter.ts";
import type { LineWriter } from "../observe/line/line-writer.ts";
import { createSyslogLine } from "../observe/line/syslog-line.ts";
import { createTemplateLine, fieldsOf } from "../observe/line/template.ts";
import { WaitingLines } from "../observe/line/waiting-lines.ts";
import type { ShownFields, WaitingRecord } from "../observe/line/waiting-record.ts";
import type { Redaction } from "../observe/redaction.ts";
import type { LogEvent } from "./log.ts";

export interface AccessLogSurroundings {
  readonly log: LogEvent;
  readonly clock: Clock;
  readonly random: Random;
  readonly redaction: Redaction;
}

export class AccessLog {
  /** As messages call it. */
  readonly name: string;
  readonly #output: LogOutput;
  readonly #batch: LineBatch;
  readonly #line: LineWriter;
  readonly #waiting: WaitingLines;
  readonly #isWanted: ((record: ExchangeRecord) => boolean) | null;
  readonly #clock: Clock;

  constructor(model: AccessLogModel, around: AccessLogSurroundings) {
    const { log, clock, random, redaction } = around;
    this.name = nameOf(model.to);
    this.#clock = clock;
    this.#output = outputOf(model.to, around);
    this.#line = lineOf(model, redaction);
    this.#isWanted = compileFilter(model.only, random);
    this.#waiting = new WaitingLines(shownFields(model), (record) => this.#write(record));
    this.#batch = new LineBatch(
      this.#output,
      (count, cause) => log({ level: "warn", event: "access_log_lines_lost", count, cause, log: this.name }),
      () => this.#waiting.formAll(),
    );
  }

  /** Lines that were lost since the start. */
  get lost(): number {
    return this.#batch.lost;
  }

  /** The system's word when that fails. */
  open(): Promise<string | null> {
    return this.#output.open();
  }

  reopen(): void {
    this.#output.reopen();
  }

  record(record: ExchangeRecord): void {
    if (this.#isWanted !== null && !this.#isWanted(record)) return;
    const isFirst = this.#waiting.isEmpty;
    this.#waiting.keep(record, this.#clock.wallMs());
    if (isFirst) this.#batch.expect();
  }

  /** Writes what waits, if there is time. What is recorded afterwards is lost. */
  async close(): Promise<void> {
    if (await this.#batch.close(LAST_WRITE_MS)) await this.#output.close();
  }

  #write(record: WaitingRecord): void {
    const sink = this.#batch.begin();
    if (sink === null) return;
    this.#line.write(sink, record, record.wallMs);
    this.#batch.end();
  }
}

export function nameOf(to: AccessLogModel["to"]): string {
  switch (to.kind) {
    case "stdout":
      return "stdout";
    case "file":
      return to.path;
    case "syslog":
      if (to.server.protocol === "unix") return `syslog:${to.server.path}`;
      return `syslog+${to.server.protocol}://${to.server.host}:${to.server.port}`;
  }
}

function lineOf(
  { to, format, requestFields, answerFields }: AccessLogModel,
  redaction: Redaction,
): LineWriter {
  const line =
    format === null
      ? createJsonLine({ redaction, requestFields, answerFields })
      : createTemplateLine(format, redaction);
  if (to.kind !== "syslog") return line;
  const { facility, appName } = to;
  return createSyslogLine({ facility, appName, hostName: hostname(), processId: process.pid }, line);
}

function shownFields({ format, requestFields, answerFields }: AccessLogModel): ShownFields {
  if (format === null) return { request: requestFields, answer: answerFields };
  return { request: fieldsOf(format, "request"), answer: fieldsOf(format, "answer") };
}

function outputOf(to: AccessLogModel["to"], { log, clock }: AccessLogSurroundings): LogOutput {
  if (to.kind === "stdout") return standardOutput();
  if (to.kind === "syslog") return serverOutput(to.server);
  if (to.rotate === null) return fileOutput(to.path, null);
  return fileOutput(to.path, {
    rotation: to.rotate,
    wallMs: () => clock.wallMs(),
    onTrouble: (cause) => log({ level: "warn", event: "access_log_not_tidied", log: to.path, cause }),
  });
}

function serverOutput(server: Extract<AccessLogModel["to"], { kind: "syslog" }>["server"]): LogOutput {
  if (server.protocol === "unix") return new UnixSyslog(server.path);
  const { host, port } = server;
  return server.protocol === "udp" ? new UdpSyslog(host, port) : new TcpSyslog(host, port);
}

/** A disk that does not answer delays the end of the process by this much. */
const LAST_WRITE_MS = 2_000;
