/** What is told of requests, and where. See ../model.ts. */
import type { LineFilter } from "../../observe/line/line-filter.ts";

export interface AccessLogModel {
  readonly to:
    | { readonly kind: "stdout" }
    | { readonly kind: "file"; readonly path: string; readonly rotate: RotationModel | null }
    | {
        readonly kind: "syslog";
        readonly server: SyslogServer;
        readonly facility: number;
        readonly appName: string;
      };
  /** A template (observe/line/template.ts); null: JSON. */
  readonly format: string | null;
  /** Header fields whose values stand in a line of JSON, in lower case. */
  readonly requestFields: readonly string[];
  readonly answerFields: readonly string[];
  readonly only: LineFilter;
}

/** `Infinity`: never for this reason. */
export interface RotationModel {
  readonly sizeBytes: number;
  readonly ageMs: number;
  /** Old files, beside the one written to. */
  readonly keep: number;
  readonly gzip: boolean;
}

export type SyslogServer =
  | { readonly protocol: "unix"; readonly path: string }
  | { readonly protocol: "udp" | "tcp"; readonly host: string; readonly port: number };

export interface TracingModel {
  /** Where OTLP is sent, path included. */
  readonly endpoint: string;
  /** Of exchanges that begin a trace here, the share that is sent, from 0 to 1. */
  readonly sample: number;
  readonly serviceName: string;
  /** Whose `traceparent` is believed. */
  readonly parents: "everyone" | "trusted_proxies";
  /** Sent with each export. They are secrets. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** For one export, tries included. */
  readonly timeoutMs: number;
}

export interface RedactModel {
  readonly headers: readonly string[];
  /** Parameters of queries. */
  readonly query: readonly string[];
}
