/**
 * Invariant: whatever the bytes and however they are split, the same events for any split, only documented
 * violations, no exception, bounded memory; and what is written for a complete message is read by others as that one message.
 */
import { ERRORS } from "../../src/base/proxy-error.ts";
import type { Random } from "../../src/base/random.ts";
import { PEER_FAULTS } from "../../src/protocol/http/peer-fault.ts";
import type { AnsweredRequest } from "../../src/protocol/http/response-rules.ts";
import { disagreement, responseDisagreement } from "../conformance/differential.ts";
import { forwardRequests, forwardResponses, UNTRUSTED } from "../conformance/forward.ts";
import { requestScript, responseScript, type Script, TEST_LIMITS } from "../conformance/transcript.ts";
import { pick, randomPieces } from "./mutate.ts";

/** What is wrong, or null. */
export function requestProblem(text: string, random: Random): string | null {
  return (
    splitProblem(text, random, false, () => requestScript(TEST_LIMITS, Number.POSITIVE_INFINITY)) ??
    disagreement(forwardRequests([text], UNTRUSTED))
  );
}

export function responseProblem(text: string, random: Random): string | null {
  const requests = Array.from({ length: MESSAGES }, () => pick(random, REQUESTS));
  const clientVersion = pick(random, [0, 1, 1]);
  return (
    splitProblem(text, random, true, () => responseScript(TEST_LIMITS, requests)) ??
    responseDisagreement(forwardResponses([text], requests, clientVersion), clientVersion)
  );
}

function splitProblem(text: string, random: Random, fin: boolean, start: () => Script): string | null {
  const whole = run([text], fin, start());
  const fault = whole.find((event) => event.startsWith("fault "))?.slice(6);
  if (fault !== undefined && !(fault in PEER_FAULTS) && !(fault in ERRORS)) return `undocumented: ${fault}`;
  for (const pieces of [[...text], randomPieces(random, text), randomPieces(random, text)]) {
    const events = run(pieces, fin, start());
    if (Bun.deepEquals(events, whole)) continue;
    return `split at ${JSON.stringify(pieces.map((piece) => piece.length))}: ${JSON.stringify({ events, whole })}`;
  }
  return null;
}

function run(pieces: readonly string[], fin: boolean, script: Script): readonly string[] {
  let largest = 0;
  for (const piece of pieces) {
    if (script.done) break;
    script.push(Buffer.from(piece, "latin1"));
    largest = Math.max(largest, piece.length);
    const bound = 2 * (TEST_LIMITS.headBytes + largest) + 512;
    if (script.heldBytes > bound) throw new Error(`holds ${script.heldBytes} bytes, more than ${bound}`);
  }
  if (fin) script.finish();
  return script.events;
}

const REQUESTS: readonly AnsweredRequest[] = [
  { method: "GET", upgrade: false, upgradeTo: "" },
  { method: "GET", upgrade: false, upgradeTo: "" },
  { method: "HEAD", upgrade: false, upgradeTo: "" },
  { method: "GET", upgrade: true, upgradeTo: "a, websocket" },
];
/** More answers than that, and the rest is left alone. */
const MESSAGES = 4;
