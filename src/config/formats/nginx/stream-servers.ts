/** `stream` with its `server` blocks: one tcp route per listener. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { TimeoutsDraft } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { targetAddress, upstreamName } from "../http/target.ts";
import { nativeAddresses, withNative } from "./addresses.ts";
import { durationText } from "./bounds.ts";
import { type Listen, readListen } from "./listen.ts";
import { isRestricted } from "./restrictions.ts";
import type { UpstreamBlocks } from "./upstream-block.ts";

export interface StreamSurroundings {
  readonly blocks: UpstreamBlocks;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
}

export function convertStreams(scopes: readonly Scope[], around: StreamSurroundings): void {
  const servers = scopes.map((scope) => ({
    scope,
    listens: scope
      .own("listen")
      .flatMap((directive) => readListen(directive, "stream", around.findings) ?? []),
  }));
  const addresses = nativeAddresses(
    servers.map(({ listens }) => listens),
    around.findings,
  );
  for (const { scope, listens } of servers) convertStream(scope, withNative(listens, addresses), around);
}

function convertStream(scope: Scope, listens: readonly Listen[], around: StreamSurroundings): void {
  const { builder, findings } = around;
  const directive = scope.directive!;
  if (listens.length === 0) return scope.markLeftOut(directive);
  // A tunnel has no answer to refuse with: a port that nobody listens on is closed.
  if (isRestricted(scope, "nothing listens here", findings)) return scope.markLeftOut(directive);
  const upstream = upstreamOf(scope, around);
  if (upstream === null) return;
  const listen = listens.map((each) => builder.listener(each.address, each.directive));
  // nginx gives up when no server has accepted; Portward would hold the client.
  const timeouts = timeoutsOf(scope, findings);
  builder.route({ kind: "tcp", listen, upstream, timeouts, attempts: 1, from: directive });
}

function upstreamOf(scope: Scope, around: StreamSurroundings): string | null {
  const { blocks, builder, findings } = around;
  const pass = scope.own("proxy_pass").at(-1);
  if (pass === undefined) {
    const [returned] = scope.own("return");
    const head = (returned ?? scope.directive!).head;
    findings.note(
      "convert.not_carried",
      head,
      "nothing listens here: a stream without `proxy_pass` is not carried over",
    );
    return null;
  }
  if (scope.inherited("proxy_ssl").some((each) => argument(each, 0) === "on")) {
    return leftOut(pass, "nothing listens here: TLS to upstreams is not carried over yet", findings);
  }
  if (scope.inherited("proxy_protocol").some((each) => argument(each, 0) === "on")) {
    return leftOut(pass, "nothing listens here: the PROXY protocol is not sent to upstreams yet", findings);
  }
  const text = argument(pass, 0);
  if (blocks.has(text)) return blocks.use(text);
  if (text.includes("$"))
    return leftOut(pass, "nothing listens here: a target is not made of variables", findings);
  const address = targetAddress(text, null);
  if (address === null) {
    findings.error("convert.value", pass.head, `${quoted(text)} is not the address of a target`);
    return null;
  }
  const port = /\d+$/.exec(argument(scope.peek("listen")[0]!, 0))?.[0];
  return builder.sharedUpstream(
    `tcp ${address}`,
    upstreamName(address, null, port === undefined ? "tcp" : `tcp-${port}`),
    [{ address, weight: 1 }],
    pass,
  );
}

function leftOut(directive: Directive, message: string, findings: Findings): null {
  findings.note("convert.not_carried", directive.head, message);
  return null;
}

/** Always written out: nginx's ten minutes must not become what `http` has set for requests. */
function timeoutsOf(scope: Scope, findings: Findings): TimeoutsDraft {
  const connect = scope.inForce("proxy_connect_timeout");
  const idle = scope.inForce("proxy_timeout");
  const connectText = connect === null ? null : durationText(connect, findings);
  const idleText = idle === null ? null : durationText(idle, findings);
  return { ...(connectText === null ? {} : { connect: connectText }), idle: idleText ?? DEFAULT_IDLE };
}

/** nginx's default of `proxy_timeout`. */
const DEFAULT_IDLE = "10m";
