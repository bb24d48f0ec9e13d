/**
 * Drafts to the YAML that people get: listeners, upstreams, routes, in that order and each in the order of the
 * source, with a comment above each part that says where it comes from and what is not as it was.
 */
import type { PathPattern, Rewrite, ValueMatch } from "../../../routing/route-match.ts";
import { printable } from "../../diagnostics/wording.ts";
import type { PlacedNote } from "../findings.ts";
import { commentLines, notesByPart } from "./comments.ts";
import type {
  ActionDraft,
  BalanceDraft,
  DocumentDraft,
  HttpRouteDraft,
  ListenerDraft,
  RouteDraft,
  TargetDraft,
  TcpRouteDraft,
  UpstreamDraft,
} from "./document-draft.ts";
import { flowText, scalarText, type YamlValue } from "./yaml-text.ts";

export interface WrittenYaml {
  readonly text: string;
  /** By line, from 1: the part that it belongs to. Lines of no part are absent. */
  readonly parts: ReadonlyMap<number, Part>;
}

/** @param heading the comment on top */
export function writeYaml(
  documents: readonly DocumentDraft[],
  notes: readonly PlacedNote[],
  heading: string,
): WrittenYaml {
  const parts = documents.flatMap((each) => [...each.routes, ...each.upstreams, ...each.listeners]);
  const writer = new YamlWriter(notesByPart<Part>(parts, notes));
  writer.line(`# ${heading}`);
  for (const [index, document] of documents.entries()) {
    if (index > 0) writer.line("---");
    writer.document(document);
  }
  return { text: writer.text(), parts: writer.parts };
}

export type Part = RouteDraft | UpstreamDraft | ListenerDraft;

class YamlWriter {
  readonly parts = new Map<number, Part>();
  readonly #lines: string[] = [];
  readonly #notes: ReadonlyMap<Part, readonly PlacedNote[]>;

  constructor(notes: ReadonlyMap<Part, readonly PlacedNote[]>) {
    this.#notes = notes;
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  line(text: string, part: Part | null = null): void {
    this.#lines.push(text);
    if (part !== null) this.parts.set(this.#lines.length, part);
  }

  document({ name, settings, listeners, upstreams, routes }: DocumentDraft): void {
    if (name !== null) this.line(`name: ${scalarText(name)}`);
    const set = Object.entries(settings as Readonly<Record<string, YamlValue>>);
    if (set.length > 0) this.line("settings:");
    for (const [key, value] of set) this.line(`  ${key}: ${flowText(value)}`);
    if (listeners.length > 0) this.line("listeners:");
    for (const listener of listeners) this.#listener(listener);
    if (upstreams.length > 0) this.line("upstreams:");
    for (const upstream of upstreams) this.#upstream(upstream);
    if (routes.length > 0) this.line("routes:");
    for (const route of routes) this.#route(route);
  }

  #listener(listener: ListenerDraft): void {
    this.#comments(listener);
    const { name, address, tls } = listener;
    if (tls === null) {
      this.line(`  ${name}: ${flowText({ address })}`, listener);
      return;
    }
    const { certificates, ...rest } = tls;
    this.line(`  ${name}:`, listener);
    this.line(`    address: ${flowText(address)}`, listener);
    this.line("    tls:", listener);
    this.line("      certificates:", listener);
    for (const pair of certificates) this.line(`        - ${flowText({ ...pair })}`, listener);
    for (const [key, value] of Object.entries(rest)) this.line(`      ${key}: ${flowText(value)}`, listener);
  }

  #upstream(upstream: UpstreamDraft): void {
    this.#comments(upstream);
    const { name, balance } = upstream;
    this.line(`  ${name}:`, upstream);
    const targets = upstream.targets.map(targetValue);
    const short = `    targets: ${flowText(targets)}`;
    if (short.length <= WIDTH) this.line(short, upstream);
    else {
      this.line("    targets:", upstream);
      for (const target of targets) this.line(`      - ${flowText(target)}`, upstream);
    }
    const way = balanceValue(
      balance,
      upstream.targets.some(({ spare }) => spare === true),
    );
    if (way !== null) this.line(`    balance: ${flowText(way)}`, upstream);
  }

  #route(route: RouteDraft): void {
    const { file, line } = route.from.source.originAt(route.from.start);
    this.line(`  # from ${printable(file)}:${line}`, route);
    this.#comments(route);
    const entries = route.kind === "http" ? httpEntries(route) : tcpEntries(route);
    for (const [index, [key, value]] of entries.entries()) {
      this.line(`  ${index === 0 ? "- " : "  "}${key}: ${flowText(value)}`, route);
    }
  }

  #comments(part: Part): void {
    for (const text of commentLines(this.#notes.get(part) ?? [], WIDTH - 2)) {
      this.line(`  ${printable(text)}`, part);
    }
  }
}

type Entry = readonly [key: string, value: YamlValue];

function httpEntries(route: HttpRouteDraft): Entry[] {
  return present([
    ["kind", "http"],
    ["listen", oneOrMore(route.listen)],
    ["host", oneOrMore(route.hosts)],
    ["path", pathValue(route.path)],
    ["methods", route.methods],
    ["headers", matchesValue(route.headers)],
    ["query", matchesValue(route.query)],
    ...actionEntries(route.action),
    ["timeouts", { ...route.timeouts }],
    ["limits", { ...route.limits }],
  ]);
}

function tcpEntries(route: TcpRouteDraft): Entry[] {
  return present([
    ["kind", "tcp"],
    ["listen", oneOrMore(route.listen)],
    ["upstream", route.upstream],
    ["timeouts", { ...route.timeouts }],
    ["reconnect", route.attempts === null ? {} : { attempts: route.attempts }],
  ]);
}

function actionEntries(action: ActionDraft): Entry[] {
  if (action.kind === "redirect") return [["redirect", { to: action.to, status: action.status }]];
  if (action.kind === "respond") {
    const { status, headers, body } = action;
    const value = {
      status,
      headers: Object.keys(headers).length === 0 ? undefined : headers,
      body: body === "" ? undefined : body,
    };
    return [["respond", value as YamlValue]];
  }
  const rewrite: Entry[] = action.rewrite === null ? [] : [["rewrite", rewriteValue(action.rewrite)]];
  return [...rewrite, ["upstream", action.upstream]];
}

function pathValue(path: PathPattern): YamlValue {
  if (path.kind === "prefix") return path.template;
  return path.kind === "exact" ? { exact: path.path } : { regex: path.source };
}

function rewriteValue(rewrite: Rewrite): YamlValue {
  if (rewrite.kind === "prefix") return rewrite.to;
  return rewrite.kind === "full" ? { full: rewrite.to } : { regex: rewrite.source, to: rewrite.to };
}

function matchesValue(matches: readonly ValueMatch[]): YamlValue {
  return Object.fromEntries(
    matches.map(({ name, value }) => {
      if (value.kind === "present") return [name, { present: true }];
      return [name, value.kind === "exact" ? value.value : { regex: value.source }];
    }),
  );
}

function targetValue({ address, weight, spare }: TargetDraft): YamlValue {
  if (weight === 1 && spare !== true) return address;
  const more = { ...(weight === 1 ? {} : { weight }), ...(spare === true ? { priority: 1 } : {}) };
  if (address.startsWith("unix:")) return { unix: address.slice("unix:".length), ...more };
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), ...more };
}

/** Spares serve when the last of the others is out, and not when half of them are. */
function balanceValue(balance: BalanceDraft | null, hasSpares: boolean): YamlValue | null {
  if (!hasSpares) return balance;
  const way = typeof balance === "string" ? { policy: balance } : (balance ?? {});
  return { ...way, failover_below: "1%" };
}

function oneOrMore(words: readonly string[]): YamlValue {
  return words.length === 1 ? words[0]! : words;
}

/** Without empty lists and maps, which say nothing. */
function present(entries: readonly Entry[]): Entry[] {
  return entries.filter(([, value]) => typeof value !== "object" || Object.keys(value).length > 0);
}

const WIDTH = 110;
