/**
 * Questions to a running instance over its admin address. Not by `fetch`, which would ask a proxy that the
 * environment names for an address on this machine.
 */
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { err, ok, type Result } from "../../base/result.ts";
import type { Environment } from "../context.ts";
import {
  handshakeProblem,
  type InstanceTls,
  instanceTls,
  type ReadInstanceTls,
  readInstanceTls,
} from "./instance-tls.ts";

export interface InstanceAddress {
  /** `HOST:PORT` */
  readonly admin: string;
  readonly token: string | null;
  /** Null: HTTP. */
  readonly tls: InstanceTls | null;
}

export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
}

export interface InstanceAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/** The token is not an option: command lines are seen by everybody on the machine. */
export function instanceAt(admin: string, environment: Environment): InstanceAddress {
  const token = environment.PORTWARD_ADMIN_TOKEN?.trim() || null;
  return { admin, token, tls: instanceTls(environment) };
}

/**
 * The type is what the endpoint answers (admin/views.ts); that it is Portward which answers is looked at.
 * @returns what to tell when there is no answer to the question, as a sentence with help in a second line
 */
export async function askInstance<T>(
  address: InstanceAddress,
  { method, path, body }: Question,
): Promise<Result<InstanceAnswer<T>, string>> {
  const { admin } = address;
  const tls = address.tls === null ? ok(null) : readInstanceTls(address.tls);
  if (!tls.ok) return tls;
  const text = body === undefined ? null : JSON.stringify(body);
  try {
    const { status, server, content } = await exchange(address, tls.value, path, method, text);
    const answer = server === "portward" ? jsonOf(content) : undefined;
    if (answer === undefined) return err(notOurs(admin));
    const fault = faultOf(answer);
    return fault === null ? ok({ status, body: answer as T }) : err(refused(admin, fault));
  } catch (error) {
    return err(unreachable(admin, error));
  }
}

interface Exchanged {
  readonly status: number;
  readonly server: string;
  readonly content: string;
}

function exchange(
  { admin, token }: InstanceAddress,
  tls: ReadInstanceTls | null,
  path: string,
  method: string,
  body: string | null,
): Promise<Exchanged> {
  const [scheme, send] = tls === null ? ["http", request] : ["https", secureRequest];
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === null
        ? {}
        : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
      Connection: "close",
    };
    const options = { method, headers, timeout: PATIENCE_MS, agent: false, ...tls } as const;
    const asked = send(`${scheme}://${admin}${path}`, options, (answer) => {
      const { statusCode: status = 0, headers } = answer;
      contentOf(answer).then(
        (content) => resolve({ status, server: String(headers["server"] ?? ""), content }),
        reject,
      );
    });
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    asked.on("error", reject);
    asked.end(body ?? undefined);
  });
}

async function contentOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Fault {
  readonly code: string;
  readonly detail: string;
}

function faultOf(answer: unknown): Fault | null {
  if (typeof answer !== "object" || answer === null || !("code" in answer) || !("detail" in answer))
    return null;
  const { code, detail } = answer;
  return typeof code === "string" && typeof detail === "string" ? { code, detail } : null;
}

function refused(admin: string, { code, detail }: Fault): string {
  const help =
    code === "admin.unauthorised"
      ? "\n  help: put the token of settings.admin.token into PORTWARD_ADMIN_TOKEN"
      : "";
  return `the instance at ${admin} refuses: ${detail} (${code})${help}`;
}

function notOurs(admin: string): string {
  return `what answers at ${admin} is not Portward's admin address\n  help: --admin HOST:PORT names another`;
}

function unreachable(admin: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const problem = handshakeProblem(admin, code);
  if (problem !== null) return problem;
  const cause =
    code === "ECONNREFUSED" ? `nothing listens at ${admin}` : `there is no answer from ${admin} (${code})`;
  const tls = code === "ECONNREFUSED" ? "" : TLS_HELP;
  return `${cause}, so there is no instance to ask\n  help: start one with \`portward run\`, or name its admin address with --admin HOST:PORT${tls}`;
}

const TLS_HELP =
  "; where it speaks TLS, PORTWARD_ADMIN_CA names its CA, PORTWARD_ADMIN_CERT and PORTWARD_ADMIN_KEY what to show";
/** A reload of many routes may wait for a name server. */
const PATIENCE_MS = 60_000;
