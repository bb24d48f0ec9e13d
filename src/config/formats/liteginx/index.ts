/**
 * liteginx, the original format: `name`, `spec` with routes, `tls.enabled`. It loads as it is as well; converted, it
 * has its listeners and upstreams by name, ready for what the original had no words for.
 */
import { didYouMean } from "../../diagnostics/near-miss.ts";
import { quoted } from "../../diagnostics/wording.ts";
import { type ConfigNode, type MapNode, valueAt } from "../../source/config-node.ts";
import type { ConvertFormat, ForeignInput } from "../convert-format.ts";
import type { DocumentDraft, HttpRouteDraft, TargetDraft } from "../draft/document-draft.ts";
import { DraftBuilder } from "../draft/draft-builder.ts";
import { nameOf } from "../draft/unique-names.ts";
import type { Findings } from "../findings.ts";
import { FieldReader } from "../tree/field-reader.ts";
import { readForeignDocuments } from "../tree/read-documents.ts";
import { spanOf } from "../tree/span.ts";

export const liteginx = {
  name: "liteginx",
  description: "YAML files with `name`, `spec` and `tls`",
  read: async ({ sources }: ForeignInput, findings: Findings) => {
    const reader = new LiteginxReader(findings);
    for (const root of readForeignDocuments(sources, findings)) reader.document(root);
    return reader.documents();
  },
} satisfies ConvertFormat;

class LiteginxReader {
  readonly #findings: Findings;
  readonly #fields: FieldReader;
  readonly #builder = new DraftBuilder();

  constructor(findings: Findings) {
    this.#findings = findings;
    this.#fields = new FieldReader(findings);
  }

  documents(): readonly DocumentDraft[] {
    return this.#builder.documents();
  }

  document(root: ConfigNode): void {
    if (root.kind !== "map") {
      this.#findings.error("convert.value", root, "a document is a map with `name`, `spec` and `tls`");
      return;
    }
    const name = this.#fields.text(root, "name");
    const specs = this.#fields.list(root, "spec");
    this.#builder.begin(name, spanOf(root));
    for (const [index, spec] of specs.entries()) {
      if (spec.kind !== "map")
        this.#findings.error("convert.value", spec, "a route is a map with `kind` and `listen`");
      else this.#route(spec, specs.length === 1 ? name : null, `${name ?? "route"}-${index}`);
    }
    this.#tls(root);
    this.#reportUnread(root);
  }

  #tls(root: ConfigNode): void {
    const enabled = this.#fields.value(this.#fields.map(root, "tls") ?? undefined, "enabled");
    if (enabled?.kind !== "scalar" || enabled.value === false) return;
    const message = "TLS is not carried over yet; liteginx did not speak it either";
    this.#findings.note("convert.not_carried", enabled, message);
  }

  /** @param name of the document, when it has no other route; its upstream then has the same */
  #route(spec: MapNode, name: string | null, numbered: string): void {
    const fields = this.#fields;
    const kind = this.#kind(spec);
    const listen = fields.integer(spec, "listen") ?? this.#missing(spec, "listen");
    const targets = this.#targets(spec);
    const path = kind === "http" ? (fields.text(spec, "path") ?? this.#missing(spec, "path")) : null;
    if (kind === null || listen === null || targets === null) return;
    const from = spanOf(spec);
    const wanted = name ?? (path === null || nameOf(path) === null ? numbered : path);
    const upstream = this.#builder.upstream(wanted, targets, null, from);
    const shared = { listen: [this.#builder.listener(String(listen), from)], timeouts: {}, from };
    if (kind === "tcp") this.#builder.route({ ...shared, kind, upstream, attempts: null });
    else if (path !== null) this.#httpRoute(spec, path, upstream, shared);
  }

  #httpRoute(
    spec: MapNode,
    path: string,
    upstream: string,
    shared: Pick<HttpRouteDraft, "listen" | "timeouts" | "from">,
  ): void {
    const to = this.#fields.text(spec, "rewrite");
    this.#builder.route({
      ...shared,
      kind: "http",
      hosts: [],
      path: { kind: "prefix", template: path },
      methods: [],
      headers: [],
      query: [],
      action: { kind: "proxy", upstream, rewrite: to === null ? null : { kind: "prefix", to } },
      limits: {},
    });
  }

  /** `Http` and `Tcp` were spellings that the original took as well. */
  #kind(spec: ConfigNode): "http" | "tcp" | null {
    const node = this.#fields.value(spec, "kind");
    const word = node === undefined ? null : this.#fields.textOf(node);
    if (word === "http" || word === "Http") return "http";
    if (word === "tcp" || word === "Tcp") return "tcp";
    if (node === undefined) return this.#missing(spec, "kind");
    const suggestion = word === null ? null : didYouMean(word, ["http", "tcp"]);
    this.#findings.error("convert.value", node, "`kind` is `http` or `tcp`", { suggestion });
    return null;
  }

  /** Null after an error. */
  #targets(spec: MapNode): TargetDraft[] | null {
    const items = this.#fields.list(spec, "targets");
    if (items.length === 0) return this.#missing(spec, "targets");
    const targets = items.map((item) => {
      const host = this.#fields.text(item, "host") ?? this.#missing(item, "host");
      const port = this.#fields.integer(item, "port") ?? this.#missing(item, "port");
      if (host === null || port === null) return null;
      return { address: `${host.includes(":") ? `[${host}]` : host}:${port}`, weight: 1 };
    });
    return targets.includes(null) ? null : targets.filter((target) => target !== null);
  }

  /** Unless there is something, which then has an error of its own. */
  #missing(node: ConfigNode, key: string): null {
    const value = valueAt(node, key);
    const isThere = value !== undefined && !(value.kind === "list" && value.items.length === 0);
    if (!isThere) this.#findings.error("convert.value", node, `${quoted(key)} is missing`);
    return null;
  }

  #reportUnread(root: ConfigNode): void {
    this.#fields.forEachUnread(root, (map, key) => {
      const place = map.entries.get(key)!.key;
      const known = WORDS.has(key);
      if (known)
        this.#findings.note(
          "convert.not_needed",
          place,
          `${quoted(key)} has no effect here and was left out`,
        );
      else {
        const message = `${quoted(key)} is not a key of the format, which ignores it as well; it was left out`;
        this.#findings.note("convert.unknown", place, message, { suggestion: didYouMean(key, WORDS) });
      }
    });
  }
}

const WORDS = new Set([
  "name",
  "spec",
  "tls",
  "enabled",
  "kind",
  "path",
  "rewrite",
  "listen",
  "targets",
  "host",
  "port",
]);
