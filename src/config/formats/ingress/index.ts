/**
 * Ingress (networking.k8s.io/v1): rules by host and path, read as the nginx controller reads them where its
 * annotations say more than the object. A ConfigMap `tcp-services`, which that controller has for plain TCP, becomes
 * tcp routes.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { type ConfigNode, type MapNode, valueAt } from "../../source/config-node.ts";
import { type Place, placeAt } from "../../source/source-text.ts";
import { parseHostPattern } from "../../values/host-pattern.ts";
import type { ConvertFormat, ForeignInput } from "../convert-format.ts";
import { type DocumentDraft, respondWith, type SettingsDraft } from "../draft/document-draft.ts";
import { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { emitRoutes } from "../http/emit-routes.ts";
import type { LadderRule } from "../http/ladder.ts";
import { answering, type RuleAction, type RuleValue } from "../http/rule-value.ts";
import { annotationsOf, type KubernetesObject, noteObject, readObjects } from "../kubernetes/objects.ts";
import { Services } from "../kubernetes/services.ts";
import { reportUnreadFields } from "../kubernetes/unread-fields.ts";
import { FieldReader } from "../tree/field-reader.ts";
import { spanOf } from "../tree/span.ts";
import { type IngressOptions, readOptions } from "./annotations.ts";
import { type BackendSurroundings, backendUpstream } from "./backends.ts";
import { readPath } from "./ingress-paths.ts";
import { INGRESS_FIELDS } from "./known-fields.ts";
import { readTcpServices } from "./tcp-services.ts";

export const ingress = {
  name: "ingress",
  description: "Kubernetes manifests: Ingress, with Services and `tcp-services` if there are any",
  read: async (input: ForeignInput, findings: Findings) => new IngressReader(input, findings).documents(),
} satisfies ConvertFormat;

type Rule = LadderRule<RuleValue>;

/** A rule with the path as it was written. */
interface WrittenRule {
  readonly rule: Rule;
  readonly path: string;
}

/** An Ingress with what its annotations say. */
interface Annotated {
  readonly object: KubernetesObject;
  readonly options: IngressOptions;
}

/** A rule of an Ingress: a host, or null for any, and its paths. */
interface HostRule extends Annotated {
  readonly host: string | null;
  readonly paths: readonly ConfigNode[];
}

class IngressReader {
  readonly #findings: Findings;
  readonly #fields: FieldReader;
  readonly #objects: readonly KubernetesObject[];
  readonly #builder = new DraftBuilder();
  readonly #around: BackendSurroundings;
  readonly #introduced = new Set<KubernetesObject>();

  constructor({ sources }: ForeignInput, findings: Findings) {
    this.#findings = findings;
    this.#fields = new FieldReader(findings);
    this.#objects = readObjects(sources, this.#fields, findings);
    const services = new Services(this.#objects, this.#fields, findings);
    this.#around = { fields: this.#fields, services, builder: this.#builder, findings };
    this.#builder.begin(null, placeAt(sources[0]!, 0));
  }

  documents(): readonly DocumentDraft[] {
    const all = this.#objects
      .filter(({ kind }) => kind === "Ingress")
      .map((object) => this.#annotated(object));
    const rules = all.flatMap((each) => this.#rulesOf(each));
    for (const host of new Set(rules.map((rule) => rule.host))) {
      this.#host(
        host,
        rules.filter((rule) => rule.host === host),
      );
    }
    this.#defaultBackends(all, rules);
    for (const object of this.#objects) this.#other(object);
    const read = this.#objects.filter((object) => object.kind === "Ingress" || isTcpServices(object));
    reportUnreadFields(read, this.#fields, INGRESS_FIELDS, this.#findings);
    const settings = this.#settings(all);
    return this.#builder.documents().map((document) => ({ ...document, settings }));
  }

  #settings(all: readonly Annotated[]): SettingsDraft {
    const first = all.find(({ options }) => options.isNginx);
    if (first === undefined) return {};
    const message =
      "unless `proxy-body-size` says otherwise, the nginx controller takes bodies of up to 1 MiB: see `settings.limits.body`";
    this.#findings.note("convert.default", first.object.root, message);
    return { limits: { body: "1MiB" } };
  }

  #annotated(object: KubernetesObject): Annotated {
    const spec = object.spec ?? undefined;
    const options = readOptions(annotationsOf(object, this.#fields), this.#findings);
    const className = this.#fields.value(spec, "ingressClassName");
    if (className !== undefined) {
      this.#findings.note(
        "convert.not_needed",
        className,
        "`ingressClassName` was left out: it chooses the controller",
      );
    }
    const tls = this.#fields.value(spec, "tls");
    for (const entry of this.#fields.list(spec, "tls")) {
      for (const key of ["hosts", "secretName"]) this.#fields.value(entry, key);
    }
    if (tls !== undefined) {
      const message =
        "TLS is not carried over yet: port 443 is not opened, and plain requests are not sent to https";
      this.#findings.note("convert.not_carried", tls, message);
    }
    return { object, options };
  }

  #rulesOf(annotated: Annotated): HostRule[] {
    return this.#fields.list(annotated.object.spec ?? undefined, "rules").flatMap((rule) => {
      const written = this.#fields.text(rule, "host");
      const paths = this.#fields.list(this.#fields.map(rule, "http") ?? undefined, "paths");
      const host = written === null || written === "" ? null : parseHostPattern(written);
      if (host !== null && !host.ok) {
        this.#findings.error("convert.value", this.#fields.value(rule, "host")!, host.error.message);
        return [];
      }
      return [{ ...annotated, host: host === null ? null : host.value, paths }];
    });
  }

  #host(host: string | null, rules: readonly HostRule[]): void {
    const patterns = rules.find(({ options }) => options.usesPatterns);
    if (patterns !== undefined) this.#notePatterns(patterns, rules.length > 1);
    const roots = rules.flatMap((rule) => rootRedirect(rule) ?? []);
    const found = rules.flatMap((rule) =>
      rule.paths.flatMap((node) => this.#rule(node, rule, patterns !== undefined) ?? []),
    );
    const listen = [this.#builder.listener("80", rules[0]!.object.root)];
    const groups = [{ hosts: host === null ? [] : [host], listen }];
    emitRoutes([...roots.slice(0, 1), ...inOrder(found)], groups, this.#builder, this.#findings);
  }

  #notePatterns({ object }: HostRule, hasOthers: boolean): void {
    const node = valueAt(valueAt(object.root, "metadata"), "annotations") ?? object.root;
    const others = hasOthers ? " (also those of other Ingresses of the host)" : "";
    const message = `the nginx controller compares the paths of this host as patterns, without regard to case${others}; here they are compared as they are written`;
    this.#findings.note("convert.differs", node, message);
  }

  #rule(node: ConfigNode, { object, options }: HostRule, isPattern: boolean): WrittenRule | null {
    const path = this.#fields.text(node, "path") ?? "/";
    const pathType = this.#fields.text(node, "pathType") ?? "ImplementationSpecific";
    const from = spanOf(node);
    const read = readPath(
      { path, pathType, node, rewriteTarget: options.rewriteTarget, isPattern },
      this.#findings,
    );
    const action = this.#action(node, object, options);
    if (read === null || action === null) return null;
    const rewritten: RuleAction = action.kind === "proxy" ? { ...action, rewrite: read.rewrite } : action;
    const bounds = action.kind === "proxy" ? options : { timeouts: {}, limits: {} };
    const notesFrom = this.#notesOf(object);
    const value = { action: rewritten, timeouts: bounds.timeouts, limits: bounds.limits, from, notesFrom };
    return { rule: { ...read.shape, value }, path };
  }

  /** The first route of an Ingress has the notes about its annotations above it. */
  #notesOf(object: KubernetesObject): Place | undefined {
    if (this.#introduced.has(object)) return undefined;
    this.#introduced.add(object);
    return spanOf(object.root);
  }

  #action(path: ConfigNode, object: KubernetesObject, options: IngressOptions): RuleAction | null {
    const upstream = backendUpstream(this.#fields.map(path, "backend"), path, object, this.#around);
    if (options.closed !== null) return this.#closed(options.closed, upstream, path);
    if (options.redirect !== null) return { kind: "redirect", ...options.redirect };
    return upstream === null ? null : { kind: "proxy", upstream, rewrite: null };
  }

  #closed(status: number, upstream: string | null, place: ConfigNode): RuleAction {
    const message = `open to everybody, this would be ${quoted(`upstream: ${upstream}`)}`;
    if (status === 403) this.#findings.note("convert.closed", place, message);
    return respondWith(status);
  }

  /** What no rule takes: of hosts that it has rules for, and of all others. */
  #defaultBackends(all: readonly Annotated[], rules: readonly HostRule[]): void {
    const hostless = rules.some(({ host }) => host === null);
    let isTaken = false;
    for (const { object, options } of all) {
      const backend = this.#fields.map(object.spec ?? undefined, "defaultBackend");
      if (backend === null) continue;
      const action = this.#actionOfBackend(backend, object, options);
      if (action === null) continue;
      const own = rules.filter((rule) => rule.object === object).map(({ host }) => host);
      const hosts = [...new Set(own)].filter((host): host is string => host !== null);
      const open = hosts.filter((host) => !this.#takesEverything(rules.filter((rule) => rule.host === host)));
      const groups = open.length > 0 ? [open] : [];
      if (!isTaken && !(hostless && this.#takesEverything(rules.filter(({ host }) => host === null))))
        groups.push([]);
      isTaken = true;
      const listen = [this.#builder.listener("80", object.root)];
      const value = answering(action, spanOf(backend));
      const rule: Rule = { kind: "prefix", text: "/", bySegments: true, captures: null, value };
      const served = groups.map((hosts) => ({ hosts, listen }));
      emitRoutes([rule], served, this.#builder, this.#findings);
    }
  }

  #actionOfBackend(backend: MapNode, object: KubernetesObject, options: IngressOptions): RuleAction | null {
    const upstream = backendUpstream(backend, backend, object, this.#around);
    if (options.closed !== null) return this.#closed(options.closed, upstream, backend);
    return upstream === null ? null : { kind: "proxy", upstream, rewrite: null };
  }

  #takesEverything(rules: readonly HostRule[]): boolean {
    return rules.some(({ paths }) =>
      paths.some(
        (path) =>
          (this.#fields.text(path, "path") ?? "/") === "/" && this.#fields.text(path, "pathType") !== "Exact",
      ),
    );
  }

  #other(object: KubernetesObject): void {
    if (object.kind === "Ingress" || object.kind === "Service") return;
    if (isTcpServices(object)) {
      readTcpServices(object, this.#around);
    } else noteObject(object, "this conversion reads Ingress, Service and `tcp-services`", this.#findings);
  }
}

function isTcpServices({ kind, name }: KubernetesObject): boolean {
  return kind === "ConfigMap" && name === "tcp-services";
}

/** `app-root`: who asks for the host alone is sent there. */
function rootRedirect({ object, options }: HostRule): Rule | null {
  if (options.appRoot === null) return null;
  const value = answering({ kind: "redirect", to: options.appRoot, status: 302 }, object.root);
  return { kind: "exact", text: "/", bySegments: true, captures: null, value };
}

/** Exact paths first, then the longest as written: so the controller sorts them, patterns among the others. */
function inOrder(found: readonly WrittenRule[]): Rule[] {
  const exact = found.filter(({ rule }) => rule.kind === "exact");
  const others = found
    .filter(({ rule }) => rule.kind !== "exact")
    .sort((a, b) => b.path.length - a.path.length);
  return [...exact, ...others].map(({ rule }) => rule);
}
