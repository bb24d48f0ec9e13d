/** Opens connections up to a number, lets each make one request and read the answer, and keeps them all open. */
import { serveCommands } from "./commands.ts";
import { readAnswerHead } from "./http-answer.ts";
import { closeSocket, connectTo, Poll, WireBuffer } from "./sockets.ts";

export interface IdleCommand {
  readonly port: number;
  readonly path: string;
  /** How many are to be open afterwards; 0 closes all. */
  readonly connections: number;
}

export interface IdleReply {
  readonly open: number;
  readonly failure: string | null;
}

const open: number[] = [];

function reach({ port, path, connections }: IdleCommand): IdleReply {
  while (open.length > connections) closeSocket(open.pop()!);
  const request = new WireBuffer(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const answer = new WireBuffer(ANSWER_BYTES);
  let failure: string | null = null;
  while (open.length < connections && failure === null) {
    const descriptor = connectTo(port);
    open.push(descriptor);
    failure = exchange(descriptor, request, answer);
  }
  return { open: open.length, failure };
}

function exchange(descriptor: number, request: WireBuffer, answer: WireBuffer): string | null {
  const poll = new Poll();
  poll.addReader(descriptor);
  request.send(descriptor);
  const ready = poll.wait(TIMEOUT_MS);
  poll.close();
  if (ready === 0) return "an answer did not come";
  const length = answer.receive(descriptor);
  const head = readAnswerHead(answer.bytes, Math.max(0, length));
  if (typeof head === "string") return head;
  return length === head.bodyStart + head.bodyBytes ? null : "an answer came in parts";
}

const ANSWER_BYTES = 4096;
const TIMEOUT_MS = 5_000;

if (import.meta.main) await serveCommands({}, reach);
