/**
 * One path of an Ingress as a rule. `pathType` says how it is compared; on a host where the nginx controller uses
 * patterns, the ones that everybody writes (`/two(/|$)(.*)` with `/$2`) become the prefixes that they mean.
 */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import type { Findings } from "../findings.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import { aroundMatch, usablePattern } from "../http/pattern.ts";
import type { RewriteIntent } from "../http/replace-prefix.ts";
import type { RuleValue } from "../http/rule-value.ts";
import type { Annotation } from "../kubernetes/objects.ts";

export interface IngressPath {
  readonly path: string;
  readonly pathType: string;
  /** For findings. */
  readonly node: ConfigNode;
  readonly rewriteTarget: Annotation | null;
  /** On this host paths are patterns. */
  readonly isPattern: boolean;
}

type Shape = Pick<LadderRule<RuleValue>, "kind" | "text" | "bySegments" | "captures">;

/** The form of the path, and how it changes; null after an error. */
export function readPath(
  path: IngressPath,
  findings: Findings,
): { readonly shape: Shape; readonly rewrite: RewriteIntent | null } | null {
  if (!path.path.startsWith("/")) {
    findings.error("convert.value", path.node, `${quoted(path.path)} is not a path: it begins with \`/\``);
    return null;
  }
  return path.isPattern ? patternPath(path, findings) : { shape: plainShape(path), rewrite: null };
}

/** `Prefix` is by segments, with or without a slash at the end; what is left to the controller, nginx compares by letters. */
function plainShape({ path, pathType }: Pick<IngressPath, "path" | "pathType">): Shape {
  if (pathType === "Exact")
    return { kind: "exact", text: templateText(path), bySegments: true, captures: null };
  if (pathType !== "Prefix")
    return { kind: "prefix", text: templateText(path), bySegments: false, captures: null };
  const bare = path.length > 1 ? path.replace(/\/+$/, "") : path;
  return { kind: "prefix", text: templateText(bare === "" ? "/" : bare), bySegments: true, captures: null };
}

function patternPath(path: IngressPath, findings: Findings) {
  const target = path.rewriteTarget?.text ?? null;
  const literal = /^[A-Za-z0-9/_~%@:,!&='-]*$/.test(path.path.replace(/\\?\./g, ""));
  if (literal) return literalPath(path, target, findings);
  const idiom = idiomOf(path, target, findings);
  if (idiom !== null) return idiom;
  const source = usablePattern(`(?i)^${path.path}`);
  if (!source.ok) {
    findings.error("convert.regex", path.node, `the pattern cannot be used: ${source.error}`);
    return null;
  }
  const shape: Shape = { kind: "regex", text: source.value, bySegments: false, captures: null };
  return {
    shape,
    rewrite:
      target === null ? null : ({ kind: "regex", source: aroundMatch(source.value), to: target } as const),
  };
}

/** Nothing is captured, so that the whole path becomes the target: seldom what was meant. */
function literalPath(path: IngressPath, target: string | null, findings: Findings) {
  const shape = plainShape({ ...path, pathType: path.pathType === "Exact" ? "Exact" : "Prefix" });
  if (target === null) return { shape, rewrite: null };
  if (/\$[1-9]/.test(target)) {
    findings.error(
      "convert.value",
      path.rewriteTarget!.node,
      `${quoted(target)} refers to a group, and ${quoted(path.path)} has none`,
    );
    return null;
  }
  if (shape.kind === "prefix") {
    const message = `as before, every path below ${quoted(path.path)} becomes ${quoted(target)}`;
    findings.note("convert.differs", path.node, message, {
      suggestion: `where the rest should stay, write \`rewrite: ${target}\` in place of \`{ full: … }\``,
    });
  }
  return { shape, rewrite: { kind: "full", to: templateText(target) } as const };
}

/** Null for any other shape. */
function idiomOf({ path, node }: IngressPath, target: string | null, findings: Findings) {
  const [, prefix, tail] = IDIOM.exec(path) ?? [];
  if (prefix === undefined) return null;
  const group = tail === "(/|$)(.*)" ? "$2" : "$1";
  const base = target?.endsWith(`/${group}`) === true ? target.slice(0, -group.length) : null;
  if (target !== null && (base === null || base.includes("$"))) return null;
  if (tail === "/?(.*)") {
    const message = `${quoted(prefix)} takes whole segments here; before, it took ${quoted(`${prefix}x`)} as well`;
    findings.note("convert.differs", node, message);
  }
  // Only with a slash in the pattern must there be one in the path.
  const text = tail === "/(.*)" || prefix === "" ? `${prefix}/` : prefix;
  const shape: Shape = { kind: "prefix", text, bySegments: true, captures: null };
  const keeps = base === null || (prefix === "" && base === "/");
  return { shape, rewrite: keeps ? null : ({ kind: "prefix", to: base } as const) };
}

/** A literal path, then everything below it. */
const IDIOM = /^((?:\/[A-Za-z0-9_~%@:,!&='-]+)*)(\(\/\|\$\)\(\.\*\)|\/\(\.\*\)|\/\?\(\.\*\))\$?$/;
