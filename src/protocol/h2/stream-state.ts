/**
 * The life of a stream as a table (RFC 9113 section 5.1): what each frame, received or sent, makes of each state. Closed
 * by default: what the table does not name is a fault of the peer, or a mistake of ours. Reserved states do not
 * occur, since nobody pushes here.
 */
import type { H2Fault } from "./fault.ts";

export const STREAM_STATES = ["idle", "open", "halfClosedLocal", "halfClosedRemote", "closed"] as const;
export type StreamState = (typeof STREAM_STATES)[number];

export const STREAM_INPUTS = [
  "recvHeaders",
  "recvHeadersEnd",
  "recvData",
  "recvDataEnd",
  "recvReset",
  "recvWindowUpdate",
  "recvPriority",
  "sendHeaders",
  "sendHeadersEnd",
  "sendData",
  "sendDataEnd",
  "sendReset",
] as const;
export type StreamInput = (typeof STREAM_INPUTS)[number];

/** `ours`: we must not do this. */
export type Outcome = StreamState | { readonly fault: H2Fault } | "ours";

type Row = Readonly<Record<StreamInput, Outcome>>;

const IDLE: Outcome = { fault: "idleStream" };
const ENDED: Outcome = { fault: "streamClosed" };
const OVER: Outcome = { fault: "closedStream" };

export const STREAM_TABLE: Readonly<Record<StreamState, Row>> = {
  idle: {
    recvHeaders: "open",
    recvHeadersEnd: "halfClosedRemote",
    recvData: IDLE,
    recvDataEnd: IDLE,
    recvReset: IDLE,
    recvWindowUpdate: IDLE,
    recvPriority: "idle",
    sendHeaders: "open",
    sendHeadersEnd: "halfClosedLocal",
    sendData: "ours",
    sendDataEnd: "ours",
    sendReset: "ours",
  },
  open: {
    recvHeaders: "open",
    recvHeadersEnd: "halfClosedRemote",
    recvData: "open",
    recvDataEnd: "halfClosedRemote",
    recvReset: "closed",
    recvWindowUpdate: "open",
    recvPriority: "open",
    sendHeaders: "open",
    sendHeadersEnd: "halfClosedLocal",
    sendData: "open",
    sendDataEnd: "halfClosedLocal",
    sendReset: "closed",
  },
  halfClosedLocal: {
    recvHeaders: "halfClosedLocal",
    recvHeadersEnd: "closed",
    recvData: "halfClosedLocal",
    recvDataEnd: "closed",
    recvReset: "closed",
    recvWindowUpdate: "halfClosedLocal",
    recvPriority: "halfClosedLocal",
    sendHeaders: "ours",
    sendHeadersEnd: "ours",
    sendData: "ours",
    sendDataEnd: "ours",
    sendReset: "closed",
  },
  halfClosedRemote: {
    recvHeaders: ENDED,
    recvHeadersEnd: ENDED,
    recvData: ENDED,
    recvDataEnd: ENDED,
    recvReset: "closed",
    recvWindowUpdate: "halfClosedRemote",
    recvPriority: "halfClosedRemote",
    sendHeaders: "halfClosedRemote",
    sendHeadersEnd: "closed",
    sendData: "halfClosedRemote",
    sendDataEnd: "closed",
    sendReset: "closed",
  },
  // Of a stream that we have reset, frames may still be under way; who keeps account of those asks before the table.
  closed: {
    recvHeaders: OVER,
    recvHeadersEnd: OVER,
    recvData: ENDED,
    recvDataEnd: ENDED,
    recvReset: "closed",
    recvWindowUpdate: "closed",
    recvPriority: "closed",
    sendHeaders: "ours",
    sendHeadersEnd: "ours",
    sendData: "ours",
    sendDataEnd: "ours",
    sendReset: "closed",
  },
};

/** The state behind this input. A mistake of ours throws; what a peer may do wrong is asked for with `faultOf` first. */
export function after(state: StreamState, input: StreamInput): StreamState {
  const outcome = STREAM_TABLE[state][input];
  if (typeof outcome === "string" && outcome !== "ours") return outcome;
  throw new Error(`stream: ${input} in state ${state}`);
}

export function faultOf(state: StreamState, input: StreamInput): H2Fault | null {
  const outcome = STREAM_TABLE[state][input];
  return typeof outcome === "object" ? outcome.fault : null;
}
