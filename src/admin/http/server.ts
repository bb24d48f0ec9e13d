/**
 * The admin address. One request after the other goes through the guard, then to its endpoint. It runs off the byte
 * path, on the runtime's own HTTP server; nothing that a client of a listener sends ever gets here.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { systemWord } from "../../io/socket-events.ts";
import { renderPage } from "../page.ts";
import type { AdminSource } from "../source.ts";
import { type AdminAddress, isLoopback } from "./address.ts";
import { type AdminTlsText, servedTls } from "./admin-tls.ts";
import type { Endpoint } from "./endpoint.ts";
import { ENDPOINTS, NOT_COUNTED } from "./endpoints.ts";
import { refusalOf, type Visit } from "./guard.ts";
import { openApiDocument } from "./openapi.ts";
import { MAX_BODY_BYTES, readAsked } from "./read-asked.ts";
import { fault, jsonResponse, refusalResponse, reply, textResponse } from "./reply.ts";

export interface AdminServer {
  /** With the port that the system chose when 0 was asked for. */
  readonly address: string;
  /** Takes no further connections; what is being answered is answered. */
  retire(): void;
  close(): void;
}

export interface AdminServerOptions {
  readonly address: AdminAddress;
  /** Null: HTTP. */
  readonly tls: AdminTlsText | null;
  readonly source: AdminSource;
  /** Our own mistakes. */
  readonly onMistake: (error: Error) => void;
}

/** @returns the system's word when the address cannot be opened */
export function startAdminServer(options: AdminServerOptions): Result<AdminServer, string> {
  const { host, port } = options.address;
  const tls = options.tls === null ? {} : { tls: servedTls(options.tls) };
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      maxRequestBodySize: MAX_BODY_BYTES,
      idleTimeout: IDLE_S,
      ...tls,
      fetch: (request) => answer(request, options),
      error: (error) => {
        options.onMistake(error);
        return jsonResponse(fault(500, "admin.internal", "an internal error; the log has it"));
      },
    });
    const shown = host.includes(":") ? `[${host}]` : host;
    return ok({
      address: `${shown}:${server.port}`,
      retire: () => void server.stop(false),
      close: () => void server.stop(true),
    });
  } catch (error) {
    return err(systemWord(error) ?? String(error));
  }
}

async function answer(request: Request, { address, source, tls }: AdminServerOptions): Promise<Response> {
  const url = URL.parse(request.url);
  if (url === null) return jsonResponse(fault(400, "admin.url", "this is no URL"));
  const endpoints = ENDPOINTS.filter((each) => parameterOf(url.pathname, each) !== null);
  const policy = {
    isLoopback: isLoopback(address),
    hosts: [address.host.toLowerCase(), ...source.hosts()],
    token: source.token(),
    isCertified: tls !== null && tls.clientCa !== null,
  };
  const refusal = refusalOf(visitOf(request, endpoints), policy);
  if (refusal !== null) return refusalResponse(refusal);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const method = isRead ? "GET" : request.method;
  const documents = DOCUMENTS[url.pathname];
  if (documents !== undefined) return isRead ? documents(source, request) : notAllowed(["GET"]);
  const endpoint = endpoints.find((each) => each.method === method);
  if (endpoint !== undefined) return ask(request, url, endpoint, source);
  if (endpoints.length > 0) return notAllowed(endpoints.map((each) => each.method));
  return jsonResponse(
    fault(404, "admin.not_found", "there is nothing here; /api/openapi.json lists what there is"),
  );
}

async function ask(request: Request, url: URL, endpoint: Endpoint, source: AdminSource): Promise<Response> {
  const asked = await readAsked(request, url, parameterOf(url.pathname, endpoint)!, endpoint);
  return jsonResponse(asked.ok ? await endpoint.handle(source, asked.value) : asked.error);
}

function notAllowed(methods: readonly string[]): Response {
  const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  return jsonResponse(fault(405, "admin.method", `the method must be ${allow}`), { Allow: allow });
}

function visitOf({ headers }: Request, endpoints: readonly Endpoint[]): Visit {
  return {
    host: headers.get("host"),
    origin: headers.get("origin"),
    fetchSite: headers.get("sec-fetch-site"),
    authorization: headers.get("authorization"),
    isProbe: endpoints.some(({ isProbe }) => isProbe === true),
  };
}

/** What the path has in place of `{name}`, decoded; "" when there is no such place; null when the path is another. */
function parameterOf(path: string, { path: pattern }: Endpoint): string | null {
  const brace = pattern.indexOf("{");
  if (brace === -1) return path === pattern ? "" : null;
  const rest = path.slice(brace);
  return path.startsWith(pattern.slice(0, brace)) && rest !== "" ? decoded(rest) : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function metrics(source: AdminSource, { headers }: Request): Response {
  const page = source.metrics(headers.get("accept"));
  return page === null ? jsonResponse(NOT_COUNTED) : textResponse(page.body, page.contentType);
}

type AnswerDocument = (source: AdminSource, request: Request) => Response | Promise<Response>;

const DOCUMENTS: Readonly<Record<string, AnswerDocument>> = {
  "/metrics": metrics,
  "/": async (source) => textResponse(await renderPage(source), "text/html; charset=utf-8"),
  "/api/openapi.json": (source) => jsonResponse(reply(openApiDocument(ENDPOINTS, source.version()))),
};

/** Seconds after which a connection that says nothing is closed. */
const IDLE_S = 30;
