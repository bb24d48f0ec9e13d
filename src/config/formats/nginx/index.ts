/**
 * nginx: `http` and `stream` with what they include. Files of `sites-enabled`, which begin with `server`, are read as
 * if they stood in `http`. Whatever no part of this reads ends in a note (`unread.ts`).
 */
import { type Place, placeAt } from "../../source/source-text.ts";
import type { ConvertFormat, ForeignInput } from "../convert-format.ts";
import { argument, type Directive } from "../directives/directive.ts";
import { Reading, Scope } from "../directives/scope.ts";
import { reportUnread } from "../directives/unread.ts";
import type { DocumentDraft } from "../draft/document-draft.ts";
import { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { httpSettings } from "./bounds.ts";
import { convertServers } from "./http-servers.ts";
import { expandIncludes } from "./include.ts";
import { nginxDirectives } from "./known-directives.ts";
import { parseNginx } from "./parser.ts";
import { convertStreams } from "./stream-servers.ts";
import { UpstreamBlocks } from "./upstream-block.ts";

export const nginx = {
  name: "nginx",
  description: "nginx.conf, with what it includes, or a file with `server` blocks",
  read: readNginx,
} satisfies ConvertFormat;

async function readNginx(
  { sources, access }: ForeignInput,
  findings: Findings,
): Promise<readonly DocumentDraft[]> {
  const files: (readonly Directive[])[] = [];
  for (const source of sources) {
    const parsed = parseNginx(source, findings);
    if (parsed !== null) files.push(await expandIncludes(parsed, source.file, access, findings));
  }
  const directives = files.flat();
  if (findings.errorCount > 0) return [];
  const builder = new DraftBuilder();
  const reading = new Reading();
  const root = new Scope(null, directives, null, reading);
  convertHttp(root, builder, findings, placeAt(sources[0]!, 0));
  convertStreamBlocks(root, builder, findings);
  reportUnread(directives, reading, nginxDirectives, findings);
  return builder.documents();
}

function convertHttp(root: Scope, builder: DraftBuilder, findings: Findings, start: Place): void {
  const blocks = root.peek("http").map((directive) => root.child(directive));
  const scopes = root.peek("server", "upstream").length > 0 ? [...blocks, root] : blocks;
  builder.begin(null, start);
  for (const scope of scopes) noteUpgradeMaps(scope, findings);
  const upstreams = scopes.flatMap((scope) => scope.peek("upstream").map((each) => scope.child(each)));
  const around = {
    blocks: new UpstreamBlocks(upstreams, builder, findings),
    builder,
    findings,
    isHttp: (scope: Scope) => scopes.includes(scope),
  };
  const servers = scopes.flatMap((scope) => scope.peek("server").map((each) => scope.child(each)));
  convertServers(servers, around);
  around.blocks.reportUnused();
  const needsBody = builder.routes.some(
    (route) => route.kind === "http" && route.action.kind === "proxy" && route.limits.body === undefined,
  );
  if (scopes.length > 0) builder.settings(httpSettings(scopes, needsBody, findings));
}

function convertStreamBlocks(root: Scope, builder: DraftBuilder, findings: Findings): void {
  const scopes = root.peek("stream").map((directive) => root.child(directive));
  const upstreams = scopes.flatMap((scope) => scope.peek("upstream").map((each) => scope.child(each)));
  const blocks = new UpstreamBlocks(upstreams, builder, findings);
  const servers = scopes.flatMap((scope) => scope.peek("server").map((each) => scope.child(each)));
  convertStreams(servers, { blocks, builder, findings });
  blocks.reportUnused();
}

/** `map $http_upgrade $connection_upgrade`, which everybody has for WebSocket. */
function noteUpgradeMaps(scope: Scope, findings: Findings): void {
  for (const map of scope.peek("map")) {
    if (argument(map, 0) !== "$http_upgrade") continue;
    scope.markLeftOut(map);
    findings.note(
      "convert.not_needed",
      map.head,
      "`map` was left out: upgrades such as WebSocket's are passed on anyway",
    );
  }
}
