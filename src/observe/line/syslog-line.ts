/** The head of a syslog message (RFC 5424 section 6) in front of any line. */
import { ERRORS } from "../../base/proxy-error.ts";
import type { ExchangeRecord } from "../exchange-record.ts";
import type { LineWriter } from "./line-writer.ts";
import { writeCount } from "./numbers.ts";
import { Stamp } from "./stamp.ts";

export interface SyslogSender {
  readonly facility: number;
  readonly hostName: string;
  readonly appName: string;
  readonly processId: number;
}

export function createSyslogLine(sender: SyslogSender, line: LineWriter): LineWriter {
  const stamp = Stamp.iso();
  const hostName = sender.hostName.replace(/[^\x21-\x7e]/g, "").slice(0, HOST_NAME_LENGTH) || NIL;
  const from = Buffer.from(` ${hostName} ${sender.appName} ${sender.processId} ${MESSAGE_ID} ${NIL} `);
  return {
    write(sink, record, wallMs) {
      sink.byte(OPENING);
      writeCount(sink, sender.facility * 8 + severityOf(record));
      sink.all(VERSION);
      stamp.write(sink, wallMs);
      sink.all(from);
      line.write(sink, record, wallMs);
    },
  };
}

/** What clients do wrong is no warning to whoever runs the proxy. */
function severityOf({ error }: ExchangeRecord): number {
  if (error === null) return SEVERITY.informational;
  const { side } = ERRORS[error.code];
  if (side === "internal") return SEVERITY.error;
  return side === "upstream" ? SEVERITY.warning : SEVERITY.informational;
}

const SEVERITY = { error: 3, warning: 4, informational: 6 } as const;
const OPENING = 0x3c;
const VERSION = Buffer.from(">1 ");
const NIL = "-";
const MESSAGE_ID = "access";
const HOST_NAME_LENGTH = 255;
